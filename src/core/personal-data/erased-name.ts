/** SQL of the new name of an erased user. */
export const ERASED_NAME_SQL = `'erased-' || gen_random_uuid()`;

const ERASED_NAME = /^erased-[0-9a-f]{8}-[0-9a-f-]{27}$/;

/** Whether the name is that of an erased user. */
export function isErasedName(name: string): boolean {
  return ERASED_NAME.test(name);
}
