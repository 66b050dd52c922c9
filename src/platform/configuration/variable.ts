/** One thing that the environment may set. */
export interface Variable<T> {
  readonly description: string;
  /** How the default reads in the documentation. */
  readonly byDefault: string;
  /** Turns the text of the environment (undefined when unset or empty) into a value, or throws what is wrong with it. */
  readonly read: (text: string | undefined, port: number) => T;
}

/** What the variables of a table are read as. */
export type Values<Table extends Record<string, Variable<unknown>>> = {
  readonly [Name in keyof Table]: ReturnType<Table[Name]['read']>;
};

/** A variable of the environment has a value that cannot be used; the message names the variable. */
export class ConfigError extends Error {}

export function variable<T>(description: string, byDefault: string, read: Variable<T>['read']): Variable<T> {
  return { description, byDefault, read };
}
