import { randomBytes } from 'node:crypto';
import type { CountryCode } from 'libphonenumber-js/max';
import type { Database } from '../database/database.ts';
import { InvalidInput } from '../domain-error.ts';
import { type PresentedToken, SCOPE_CALL } from '../oauth/access-tokens/access-token.ts';
import { readPhoneNumber } from '../people/phone-number.ts';
import type { Call, EndedBy } from './call.ts';
import { CallNotFound } from './call-errors.ts';
import * as store from './call-store.ts';

export type CallFilter = Omit<store.CallFilter, 'after'>;

export interface CallPage {
  readonly calls: readonly Call[];
  /** Asks for the next page; undefined on the last one. */
  readonly nextPageToken: string | undefined;
}

/** 128 random bits, in hexadecimal: no character that a shell or a URL could take for something else. */
const ID_BYTES = 16;
const ALL_CALLS = [SCOPE_CALL];

export type CallService = ReturnType<typeof createCallService>;

export function createCallService(database: Database, country: CountryCode | undefined) {
  return {
    /**
     * Opens a call to `number` for the token's user.
     * @returns the call's id
     * @throws InvalidInput, CallLimitReached, TokenInvalid, ScopeMissing, TokenWithoutUser
     */
    async openCall(token: PresentedToken, number: string): Promise<string> {
      const callee = readPhoneNumber(number, country);
      const id = randomBytes(ID_BYTES).toString('hex');
      await store.insertCall(database, token, ALL_CALLS, { id, callee });
      return id;
    },

    /** Ending an ended call again changes nothing. @throws CallNotFound also for another user's call; token errors */
    async endOwnCall(token: PresentedToken, id: string): Promise<void> {
      if (!(await store.endOwnCall(database, token, ALL_CALLS, id))) throw new CallNotFound(id);
    },

    /** @throws CallNotFound also for another user's call; token errors */
    async findOwnCall(token: PresentedToken, id: string): Promise<Call> {
      const call = await store.findOwnCall(database, token, ALL_CALLS, id);
      if (!call) throw new CallNotFound(id);
      return call;
    },

    /** All the user's, whichever client opened them, oldest first. @throws token errors */
    findOwnOngoingCalls: (token: PresentedToken) => store.findOwnOngoingCalls(database, token, ALL_CALLS),

    /** Any user's call. @throws CallNotFound */
    async findCall(id: string): Promise<Call> {
      const call = await store.findCall(database, id);
      if (!call) throw new CallNotFound(id);
      return call;
    },

    /** Ends any user's call; an ended one stays as it is. @throws CallNotFound */
    async endCall(id: string, endedBy: EndedBy): Promise<Call> {
      if (!(await store.endCall(database, id, endedBy))) throw new CallNotFound(id);
      return this.findCall(id);
    },

    /** Newest first. @throws InvalidInput for a page token that is not one of ours */
    async listCalls(filter: CallFilter, pageSize: number, pageToken?: string): Promise<CallPage> {
      const after = pageToken === undefined ? {} : { after: readPageToken(pageToken) };
      const rows = await store.listCalls(database, { ...filter, ...after }, pageSize + 1);
      const page = rows.slice(0, pageSize);
      const last = rows.length > pageSize ? page.at(-1) : undefined;
      return {
        calls: page.map(({ position: _, ...call }) => call),
        nextPageToken: last && writePageToken({ createdAt: last.position, id: last.id }),
      };
    },
  };
}

function writePageToken({ createdAt, id }: store.CallPosition): string {
  return Buffer.from(`${id} ${createdAt}`).toString('base64url');
}

function readPageToken(token: string): store.CallPosition {
  const [, id, createdAt] = /^(\w+) (\d{1,16})$/.exec(Buffer.from(token, 'base64url').toString()) ?? [];
  if (id === undefined || createdAt === undefined) {
    throw new InvalidInput('page_token', 'page_token must be a nextPageToken as this server gave it');
  }
  return { createdAt, id };
}
