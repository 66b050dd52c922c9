/** An environment variable. */
export interface Variable<T> {
  readonly description: string;
  /** The default, in the words of the documentation. */
  readonly byDefault: string;
  /** Reads the value; the text is undefined if the variable is unset or empty. Throws an Error if the text is invalid. */
  readonly read: (text: string | undefined, port: number) => T;
}

/** The values of a table of variables. */
export type Values<Table extends Record<string, Variable<unknown>>> = {
  readonly [Name in keyof Table]: ReturnType<Table[Name]['read']>;
};

/** An environment variable has an invalid value. The message names the variable. */
export class ConfigError extends Error {}

export function variable<T>(description: string, byDefault: string, read: Variable<T>['read']): Variable<T> {
  return { description, byDefault, read };
}
