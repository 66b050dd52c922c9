/** A simple model of permissions and calls. All responses of the server are compared with it. */
export interface Model {
  readonly people: readonly Person[];
  readonly tokens: Token[];
  readonly calls: Call[];
  /** For requests that may be repeated. */
  readonly keys: Key[];
}

/** Index in the world's list. */
export type ClientIndex = 0 | 1;

export interface Person {
  readonly name: string;
  limit: number;
  state: 'active' | 'disabled' | 'erased';
  /** The clients with a grant. */
  readonly granted: Set<ClientIndex>;
}

/** One authorization, with all tokens issued under it. */
export interface Family {
  readonly person: Person;
  readonly client: ClientIndex;
  alive: boolean;
}

export interface Token {
  readonly family: Family;
  /** Whether it reaches all calls of the user, not only those of its client. */
  readonly wide: boolean;
  readonly access: string;
  readonly refresh: string;
  /** How often its refresh token was used, if it is rotated. */
  uses: number;
}

export interface Call {
  readonly id: string;
  readonly person: Person;
  readonly client: ClientIndex;
  ongoing: boolean;
}

export interface Key {
  readonly key: string;
  readonly body: unknown;
  readonly call: Call;
}

export function ongoingOf({ calls }: Model, person: Person): Call[] {
  return calls.filter((call) => call.ongoing && call.person === person);
}

/** How many more calls the user may have. */
export function room(model: Model, person: Person): number {
  return Math.max(0, person.limit - ongoingOf(model, person).length);
}

export function reaches({ family, wide }: Token, call: Call): boolean {
  return call.person === family.person && (wide || call.client === family.client);
}

/** Ends tokens but no calls: after a new password, or the revocation of a token. */
export function endFamilies(model: Model, which: (family: Family) => boolean): void {
  for (const { family } of model.tokens) if (which(family)) family.alive = false;
}

/** Ends a grant, with its tokens and calls. */
export function endPermission(model: Model, person: Person, client?: ClientIndex): void {
  const concerned = (one: { person: Person; client: ClientIndex }) =>
    one.person === person && (client === undefined || one.client === client);
  endFamilies(model, concerned);
  for (const call of model.calls) if (concerned(call)) call.ongoing = false;
}
