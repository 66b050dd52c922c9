import { createHash } from 'node:crypto';
import { hashClientSecret } from '../../src/core/clients/client-secret.ts';
import { metadataOf } from '../../src/core/clients/registration.ts';
import type { BenchDatabase } from './database.ts';

/*
 * Who is on the stage: people numbered from 0, each with a number of their own, an access token and a call that stands, all of
 * one client. What belongs to a person can be told from the number, in SQL as here.
 */

export const CLIENT = { id: 'bench', secret: 'secret-of-the-bench' };

/** With up to four digits behind it as long as the server's own. */
export const TOKEN = 'token-of-the-bench-for-a-person-whose-n-';
export const ADMINISTRATOR_TOKEN = 'token-of-the-bench-for-the-administrator';

export const tokenOf = (person: number): string => `${TOKEN}${person}`;
export const numberOf = (person: number): string => `+1202555${String(person).padStart(4, '0')}`;
/** The one that stands. */
export const callOf = (person: number): string => createHash('md5').update(`call ${person}`).digest('hex');
export const userOf = (person: number): string => {
  const digits = createHash('md5').update(`person ${person}`).digest('hex');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
};

/** They may have as many calls as come of it. */
const LIMIT = 10_000;
const PAST_CALLS = 2;

/**
 * Adds the client and so many people, each with calls that are over and one that stands: PostgreSQL is to know of its tables what
 * it knows on an ordinary day.
 */
export async function addPeople(database: BenchDatabase, people: number): Promise<void> {
  const { sql } = database;
  const registration = { name: 'The bench', redirectUris: ['https://bench.example/'] };
  await sql('INSERT INTO clients (id, name, secret_hash, metadata) VALUES ($1, $2, $3, $4)', [
    CLIENT.id,
    registration.name,
    hashClientSecret(CLIENT.secret),
    JSON.stringify(metadataOf(registration)),
  ]);
  await sql(
    `INSERT INTO users (id, name, password_hash, max_ongoing_calls)
     SELECT md5('person ' || n)::uuid, 'person-' || n, '', $2 FROM generate_series(0, $1::integer - 1) n`,
    [people, LIMIT],
  );
  await sql(
    `INSERT INTO user_numbers (user_id, number, is_default)
     SELECT md5('person ' || n)::uuid, '+1202555' || lpad(n::text, 4, '0'), true FROM generate_series(0, $1::integer - 1) n`,
    [people],
  );
  await sql(
    `INSERT INTO access_tokens (hash, model, user_id, client_id, scopes, payload, expires_at)
     SELECT sha256(($2 || n)::bytea), 'AccessToken', md5('person ' || n)::uuid, $3, '{call}', '{}', now() + interval '1 day'
       FROM generate_series(0, $1::integer - 1) n`,
    [people, TOKEN, CLIENT.id],
  );
  await addPastCalls(database, people);
  await addStandingCalls(database, people);
  await tidy(database);
}

async function addPastCalls({ sql }: BenchDatabase, people: number): Promise<void> {
  await sql(
    `INSERT INTO calls (id, user_id, client_id, caller, callee, state, reason, ended_by, created_at, connected_at, ended_at,
                        carrier, ring_timeout, time_limit, deadline_at)
     SELECT md5('past ' || n), md5('person ' || n % $1)::uuid, $3, '+1202555' || lpad((n % $1)::text, 4, '0'),
            '+1313555' || lpad((n % 10000)::text, 4, '0'), 'disconnected', 'hangUp', 'client',
            at, at, at + interval '1 minute', 'session', 60, 14400, at + interval '4 hours'
       FROM generate_series(1, $2::integer) n, LATERAL (SELECT now() - interval '1 day' - n * interval '1 second' AS at) past`,
    [people, PAST_CALLS * people, CLIENT.id],
  );
}

async function addStandingCalls({ sql }: BenchDatabase, people: number): Promise<void> {
  await sql(
    `INSERT INTO calls (id, user_id, client_id, caller, callee, state, created_at, connected_at,
                        carrier, ring_timeout, time_limit, deadline_at, client_reference)
     SELECT md5('call ' || n), md5('person ' || n)::uuid, $2, '+1202555' || lpad(n::text, 4, '0'), '+13135550000', 'connected',
            now(), now(), 'session', 60, 14400, now() + interval '4 hours', 'standing'
       FROM generate_series(0, $1::integer - 1) n`,
    [people, CLIENT.id],
  );
}

/** An administrator, who may read the whole history. */
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

/** Of the calls that go on, those that a measurement opened. */
const OPENED = `ended_at IS NULL AND client_reference IS DISTINCT FROM 'standing'`;

export async function countOpenedCalls({ sql }: BenchDatabase): Promise<number> {
  const [row] = await sql<{ count: number }>(`SELECT count(*)::integer AS count FROM calls WHERE ${OPENED}`);
  return row?.count ?? 0;
}

/** A round is to find the tables as the one before did. */
export async function removeOpenedCalls(database: BenchDatabase): Promise<void> {
  await database.sql(`DELETE FROM calls WHERE ${OPENED}`);
  await tidy(database);
}

/** What PostgreSQL would do in its own time, in the middle of a round. */
async function tidy({ sql }: BenchDatabase): Promise<void> {
  await sql('VACUUM ANALYZE calls, call_events, users, access_tokens, user_numbers');
  await sql('CHECKPOINT');
}
