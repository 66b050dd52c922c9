import { Webhook } from 'standardwebhooks';
import { WHOLE_LIFE } from '../core/events/events.ts';
import type { Answer, Received } from '../core/events/receiver.ts';

export const SINK_TOKEN = 'the-token-of-all-sinks';
const STATES = ['initiating', ...WHOLE_LIFE];
/** Shares of all attempts that get an error, and that get no response. */
const REFUSED = 0.25;
const SILENT = 0.05;
/** Delay of the response to an accepted event; a kill meanwhile causes a duplicate. */
const SLOWEST_MS = 400;
/** In the short form, the connection is cut instead of left open. */
const CUT_AFTER_MS = 500;

/**
 * The receiver of a campaign. It refuses some events, does not respond to others, and checks all. An event of a call may arrive when
 * the previous one was accepted, and again only while it is the newest.
 */
export function createJudge(hurry: boolean) {
  const newest = new Map<string, number>();
  const ids = new Map<string, string>();
  const wrong: string[] = [];
  let secret = '';
  let attempts = 0;
  let refused = 0;
  let duplicates = 0;

  function judge(received: Received): { callId: string; place: number } {
    const { callId, place, id } = read(received, secret);
    const before = newest.get(callId) ?? -1;
    if (place > before + 1 || place < before)
      wrong.push(`${callId}: ${STATES[place]} after ${STATES[before]}`);
    const known = ids.get(`${callId} ${place}`) ?? id;
    if (known !== id) wrong.push(`${callId}: ${STATES[place]} with two ids`);
    ids.set(`${callId} ${place}`, id);
    return { callId, place };
  }

  const answer: Answer = (received, response) => {
    attempts++;
    try {
      const { callId, place } = judge(received);
      const dice = Math.random();
      if (dice < REFUSED + SILENT) {
        refused++;
        if (dice < REFUSED) return 500;
        if (hurry) setTimeout(() => response.destroy(), CUT_AFTER_MS);
        return undefined;
      }
      if (newest.get(callId) === place) duplicates++;
      newest.set(callId, Math.max(place, newest.get(callId) ?? -1));
      setTimeout(() => response.writeHead(204).end(), Math.random() * SLOWEST_MS);
      return undefined;
    } catch (error) {
      wrong.push(String(error));
      return 400;
    }
  };

  return {
    answer,
    expectSecret(given: string) {
      secret = given;
    },
    /** Events that were accepted at least once. */
    accepted: () => [...newest.values()].reduce((sum, place) => sum + place + 1, 0),
    report: () => ({ attempts, refused, duplicates, wrong }),
  };
}

/** @throws Error for a signature or a token that does not verify */
function read({ path, headers, body }: Received, secret: string) {
  const message = JSON.parse(body);
  if (path === '/webhook') {
    new Webhook(secret).verify(body, headers as Record<string, string>);
    return {
      callId: message.data.callId,
      place: STATES.indexOf(message.type),
      id: headers['webhook-id'] as string,
    };
  }
  if (headers['content-type'] !== 'application/cloudevents+json') throw new Error('not a CloudEvent');
  if (headers['authorization'] !== `Bearer ${SINK_TOKEN}`) throw new Error('not the token of the sink');
  const { callId, status } = message.data;
  return { callId, place: STATES.indexOf(status.state), id: message.id as string };
}
