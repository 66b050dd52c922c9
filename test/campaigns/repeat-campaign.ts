import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from '../harness/browser.ts';
import { callTo, postCall } from '../web/api/call.ts';
import { type KillableServers, startServers } from './killable-servers.ts';

export interface RepeatCampaign {
  readonly databaseUrl: string;
  readonly token: string;
  readonly rounds: number;
  /** Number of rounds in which a server is killed with SIGKILL, evenly spread. */
  readonly kills: number;
}

export interface RepeatReport {
  readonly kills: number;
  /** Requests that were repeated because no server responded. */
  readonly retries: number;
  /** The responses of rounds that did not return the same call five times, once as new. */
  readonly wrong: readonly string[];
  readonly callees: readonly string[];
}

export const PARALLEL = 5;
/** A kill happens within this many milliseconds; a round takes about as long. */
const ROUND_MS = 12;
const PATIENCE_MS = 20_000;

/** Sends five parallel requests with one Idempotency-Key to two servers in each round. */
export async function runRepeatCampaign(campaign: RepeatCampaign): Promise<RepeatReport> {
  const servers = await startServers({ DATABASE_URL: campaign.databaseUrl });
  const every =
    campaign.kills === 0 ? Number.POSITIVE_INFINITY : Math.floor(campaign.rounds / campaign.kills);
  const wrong: string[] = [];
  const callees: string[] = [];
  let [kills, retries] = [0, 0];
  for (let round = 0; round < campaign.rounds; round++) {
    const body = callTo();
    const killing = round % every === every - 1;
    if (killing) await servers.allUp();
    const sent = performRound(servers, campaign.token, body);
    if (killing) {
      await sleep(Math.random() * ROUND_MS);
      servers.kill(kills++);
    }
    const { answers, again } = await sent;
    retries += again;
    callees.push(body.callee);
    const fault = faultOf(answers, killing);
    if (fault !== undefined) wrong.push(`round ${round}: ${fault}`);
  }
  await servers.stop();
  return { kills, retries, wrong, callees };
}

async function performRound(servers: KillableServers, token: string, body: unknown) {
  const key = { 'idempotency-key': randomUUID() };
  let again = 0;
  /** Retries on both servers until there is a response, like a careful client. */
  async function ask(server: number): Promise<Answer> {
    const deadline = performance.now() + PATIENCE_MS;
    for (let attempt = server; ; attempt++) {
      const answer = await postCall({ url: servers.url(attempt) }, token, body, key).catch(() => undefined);
      if (answer && answer.status !== 503) return answer;
      if (performance.now() > deadline) throw new Error('nobody answers any more');
      again++;
    }
  }
  const answers = await Promise.all(Array.from({ length: PARALLEL }, (_, index) => ask(index)));
  return { answers, again };
}

/** The response with the new call may have been lost with its server; then all responses are repeats. */
function faultOf(answers: readonly Answer[], killed: boolean): string | undefined {
  const isNew = answers.filter(({ headers }) => headers.get('idempotent-replayed') === null).length;
  const same = answers.every(({ status, text }) => status === 201 && text === answers[0]?.text);
  if (same && (isNew === 1 || (killed && isNew === 0))) return undefined;
  return `${isNew} new: ${answers.map(({ status, text }) => `${status} ${text}`).join(' | ')}`;
}
