import type { TestApp } from '../../../harness/app.ts';
import type { Stage } from './stage.ts';

/** A request; its method is the operation's. */
export interface Sent {
  /** With the query. */
  readonly path: string;
  readonly token?: string;
  /** Another node than the stage's. */
  readonly node?: Pick<TestApp, 'url'>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly form?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  /** As it is; `headers` say of which type. */
  readonly body?: string;
}

export type Exercise = (stage: Stage) => Sent | Promise<Sent>;

/** What brings about the documented responses of one operation. */
export interface Exercises {
  /** Brings about the first documented response, and serves to make up what is wrong with any request. */
  readonly ordinary: Exercise;
  /**
   * The others, by status and, for an error, its code: `409 call_not_found`. A response with several faces has several.
   * Those in common.ts need not be repeated, but may be.
   */
  readonly others?: Readonly<Record<string, Exercise | readonly Exercise[]>>;
}

/** By `operationId`. */
export type ExercisesOfFace = Readonly<Record<string, Exercises>>;
