import { randomUUID } from 'node:crypto';
import { requestStream } from '../../../core/events/stream-reader.ts';
import { bearer } from '../../../harness/people.ts';
import type { ExercisesOfFace, Sent } from './exercise.ts';
import type { Stage } from './stage.ts';

const PATH = '/api/v1/events';
/** Whatever the type in which an error is wanted: who does not accept streams is refused for that. */
const ACCEPT = { accept: 'text/event-stream' };

/** A stream that its token ends soon: others would never be answered whole. */
async function shortStream({ app, tokens }: Stage): Promise<Sent> {
  const token = randomUUID();
  await app.sql(
    `INSERT INTO access_tokens (hash, model, user_id, client_id, authorization_id, scopes, payload, expires_at)
     SELECT sha256($1::bytea), model, user_id, client_id, authorization_id, scopes, payload, now() + interval '1 second'
       FROM access_tokens WHERE hash = sha256($2::bytea)`,
    [Buffer.from(token), Buffer.from(tokens.user)],
  );
  return { path: PATH, token, headers: { ...ACCEPT, 'last-event-id': '0' } };
}

export const liveEvents: ExercisesOfFace = {
  streamEvents: {
    ordinary: shortStream,
    others: {
      '406 not_acceptable': ({ tokens }) => ({
        path: PATH,
        token: tokens.user,
        headers: { accept: 'application/json' },
      }),
      '400 invalid_input': ({ tokens }) => ({
        path: PATH,
        token: tokens.user,
        headers: { ...ACCEPT, 'last-event-id': 'x' },
      }),
      '429 stream_limit_reached': async ({ app, tokens: { userWithoutPlaces: token } }) => {
        for (let n = 0; n < 20; n++) await requestStream(app, bearer(token));
        return { path: PATH, token, headers: ACCEPT };
      },
    },
  },
};
