import type { Database } from '../../platform/database/database.ts';
import type { Listed } from '../../platform/database/paging.ts';
import type { Call } from '../calls/call.ts';
import { listCalls } from '../calls/call-history-store.ts';
import { NEWEST_CALLS } from '../calls/call-store.ts';
import { listGrants } from '../grants/grant-store.ts';
import type { User } from '../people/user-store.ts';
import * as store from './person-export-store.ts';

const PAGE_SIZE = 1_000;

/** Writes all data about a user as one JSON document. Reads calls, events and acts in pages, as the document is consumed. */
export async function* exportPerson(database: Database, user: User): AsyncGenerator<string> {
  const { ongoingCalls: _, maxOngoingCalls: limit, ...profile } = user;
  const grants = await listGrants(database, user.name);
  const secondFactors = await store.findSecondFactorsOf(database, user.id);
  yield `{"user":${JSON.stringify({ ...profile, limit })}`;
  yield `,"grants":${JSON.stringify(grants.map(({ clientId, ...rest }) => ({ client: clientId, ...rest })))}`;
  yield `,"secondFactors":${JSON.stringify(secondFactors)}`;
  yield* array(
    'calls',
    callsOf(database, user.id),
    ({ position: _position, userName: _name, sink: _sink, clientId, callee, ...call }) => ({
      client: clientId,
      callee: call.strippedAt === null ? callee : null,
      ...call,
    }),
  );
  yield* array(
    'events',
    pages((last?: store.EventOfPerson) =>
      store.findEventsOf(database, user.id, last?.sequence ?? '0', PAGE_SIZE),
    ),
    ({ sequence, ...event }) => ({ sequence: Number(sequence), ...event }),
  );
  yield* array(
    'auditLog',
    pages((last?: store.ActOfPerson) => store.findActsOf(database, user.id, last?.id ?? '0', PAGE_SIZE)),
    ({ id: _id, ...act }) => act,
  );
  yield '}\n';
}

/** Newest first. */
function callsOf(database: Database, userId: string) {
  return pages((last?: Listed<Call>) =>
    listCalls(database, { userId }, PAGE_SIZE, last && NEWEST_CALLS.positionOf(last)),
  );
}

async function* pages<Row>(read: (last?: Row) => Promise<Row[]>): AsyncGenerator<Row[]> {
  let rows = await read();
  while (rows.length > 0) {
    yield rows;
    rows = rows.length === PAGE_SIZE ? await read(rows.at(-1)) : [];
  }
}

async function* array<Row>(
  name: string,
  rows: AsyncIterable<Row[]>,
  present: (row: Row) => object,
): AsyncGenerator<string> {
  yield `,"${name}":[`;
  let separator = '\n';
  for await (const page of rows) {
    yield separator + page.map((row) => JSON.stringify(present(row))).join(',\n');
    separator = ',\n';
  }
  yield ']';
}
