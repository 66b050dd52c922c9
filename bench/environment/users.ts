import { createHash } from 'node:crypto';
import { hashClientSecret } from '../../src/core/clients/client-secret.ts';
import { metadataOf } from '../../src/core/clients/registration.ts';
import type { Population } from '../scale.ts';
import type { BenchDatabase } from './database.ts';
import { insertInBatches, loadCalls } from './load-calls.ts';

/*
 * The users of the benchmark, at most a million, have indexes from 0. Each has a phone number, an access token and one ongoing call,
 * all of one client. All values derive from the index, in SQL and in TypeScript.
 */

export const CLIENT = { id: 'bench', secret: 'secret-of-the-bench' };
/** A public client, whose refresh tokens are rotated. It has no users of its own. */
export const PUBLIC_CLIENT = { id: 'bench-public' };

/** With four digits appended, as long as a token of the server. */
export const TOKEN = 'token-of-the-bench-for-a-person-whose-n-';
export const ADMINISTRATOR_TOKEN = 'token-of-the-bench-for-the-administrator';

const FIRST_NUMBER = 5_550_000;
/** SQL: the phone number of the user with this index. */
const numberSql = (index: string): string => `'+1202' || ${FIRST_NUMBER} + ${index}`;

export const tokenOf = (user: number): string => `${TOKEN}${user}`;
export const numberOf = (user: number): string => `+1202${FIRST_NUMBER + user}`;
/** The id of the user's ongoing call. */
export const callOf = (user: number): string => createHash('md5').update(`call ${user}`).digest('hex');
export const userIdOf = (user: number): string => {
  const digits = createHash('md5').update(`person ${user}`).digest('hex');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
};

/** High enough that no call is refused. */
const LIMIT = 10_000;
/** Adds the client and its users. Each has ended calls and an ongoing one, so that PostgreSQL has realistic statistics. */
export async function addUsers(database: BenchDatabase, { users, calls }: Population): Promise<void> {
  const { sql } = database;
  const registration = { name: 'Benchmark', redirectUris: ['https://bench.example/'] };
  await sql('INSERT INTO clients (id, name, secret_hash, metadata) VALUES ($1, $2, $3, $4)', [
    CLIENT.id,
    registration.name,
    hashClientSecret(CLIENT.secret),
    JSON.stringify(metadataOf(registration)),
  ]);
  await sql('INSERT INTO clients (id, name, metadata) VALUES ($1, $2, $3)', [
    PUBLIC_CLIENT.id,
    registration.name,
    JSON.stringify(metadataOf({ ...registration, public: true })),
  ]);
  await sql(
    `INSERT INTO users (id, name, password_hash, max_ongoing_calls)
     SELECT md5('person ' || n)::uuid, 'person-' || n, '', $2 FROM generate_series(0, $1::integer - 1) n`,
    [users, LIMIT],
  );
  await sql(
    `INSERT INTO user_numbers (user_id, number, is_default)
     SELECT md5('person ' || n)::uuid, ${numberSql('n')}, true FROM generate_series(0, $1::integer - 1) n`,
    [users],
  );
  await sql(
    `INSERT INTO access_tokens (hash, model, user_id, client_id, scopes, payload, expires_at)
     SELECT sha256(($2 || n)::bytea), 'AccessToken', md5('person ' || n)::uuid, $3, '{call}', '{}', now() + interval '1 day'
       FROM generate_series(0, $1::integer - 1) n`,
    [users, TOKEN, CLIENT.id],
  );
  await loadCalls(database, async () => {
    await insertInBatches(calls, (from, to) => addPastCalls(database, users, from, to));
    await addOngoingCalls(database, users);
  });
  await vacuum(database);
}

async function addPastCalls({ sql }: BenchDatabase, users: number, from: number, to: number): Promise<void> {
  await sql(
    `INSERT INTO calls (id, user_id, client_id, caller, callee, state, reason, ended_by, created_at, connected_at, ended_at,
                        carrier, ring_timeout, time_limit, deadline_at)
     SELECT md5('past ' || n), md5('person ' || n % $1)::uuid, $3, ${numberSql('n % $1')},
            '+1313555' || lpad((n % 10000)::text, 4, '0'), 'disconnected', 'hangUp', 'client',
            at, at, at + interval '1 minute', 'session', 60, 14400, at + interval '4 hours'
       FROM generate_series($2::integer, $4::integer) n, LATERAL (SELECT now() - interval '1 day' - n * interval '1 second' AS at) past`,
    [users, from, CLIENT.id, to],
  );
}

async function addOngoingCalls({ sql }: BenchDatabase, users: number): Promise<void> {
  await sql(
    `INSERT INTO calls (id, user_id, client_id, caller, callee, state, created_at, connected_at,
                        carrier, ring_timeout, time_limit, deadline_at, client_reference)
     SELECT md5('call ' || n), md5('person ' || n)::uuid, $2, ${numberSql('n')}, '+13135550000', 'connected',
            now(), now(), 'session', 60, 14400, now() + interval '4 hours', 'standing'
       FROM generate_series(0, $1::integer - 1) n`,
    [users, CLIENT.id],
  );
}

/** Adds an administrator, who can search the whole history. */
export async function addAdministrator({ sql }: BenchDatabase): Promise<void> {
  await sql(
    `WITH added AS (
       INSERT INTO users (name, password_hash, max_ongoing_calls, administrator) VALUES ('administrator', '', 0, true) RETURNING id
     )
     INSERT INTO access_tokens (hash, model, user_id, client_id, scopes, payload, expires_at)
     SELECT sha256($1::bytea), 'AccessToken', id, $2, '{admin}', '{}', now() + interval '1 day' FROM added`,
    [ADMINISTRATOR_TOKEN, CLIENT.id],
  );
}

/** SQL condition: the ongoing calls that a measurement opened. */
const OPENED = `ended_at IS NULL AND client_reference IS DISTINCT FROM 'standing'`;

export async function countOpenedCalls({ sql }: BenchDatabase): Promise<number> {
  const [row] = await sql<{ count: number }>(`SELECT count(*)::integer AS count FROM calls WHERE ${OPENED}`);
  return row?.count ?? 0;
}

export interface OpenedCall {
  readonly id: string;
  /** When it was opened, in milliseconds since 1970. */
  readonly at: number;
}

/** The ongoing calls that a measurement opened. */
export function findOpenedCalls({ sql }: BenchDatabase): Promise<OpenedCall[]> {
  return sql(`SELECT id, (extract(epoch FROM created_at) * 1000)::float8 AS at FROM calls WHERE ${OPENED}`);
}

/** Each round must start with the same tables. */
export async function removeOpenedCalls(database: BenchDatabase): Promise<void> {
  await database.sql(`DELETE FROM calls WHERE ${OPENED}`);
  await vacuum(database);
}

/** Runs maintenance now, which PostgreSQL would otherwise run in the middle of a round. */
async function vacuum({ sql }: BenchDatabase): Promise<void> {
  await sql('VACUUM ANALYZE calls, call_events, users, access_tokens, user_numbers');
  await sql('CHECKPOINT');
}
