import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventSource } from 'eventsource';
import { DEMO_APP, DEMO_NUMBER } from '../../src/core/demo/demo-data.ts';
import { API_PATH } from '../../src/web/api/base-path.ts';
import { freePorts } from '../harness/free-port.ts';
import { type ServerProcess, startServer } from '../harness/server-process.ts';
import { getToken } from './demo-token.ts';
import { startKamailio } from './kamailio.ts';
import { passwordOf, SERVER } from './kamailio-config.ts';
import { endPeers, killPeers } from './peer.ts';
import { type Phone, startPhone } from './phone.ts';

/**
 * Shows a call between two real phones, on loopback, with a server, a database and a Kamailio of its own. It is here, and not
 * among the sources, since it lives on what the tests with phones start from.
 */
const CALLEE = '+442079460123';
const RING_MS = 600;
const TALK_MS = 2_500;
const NAMES: Readonly<Record<string, string>> = {
  [DEMO_NUMBER]: "the caller's phone",
  [CALLEE]: "the callee's phone",
};

interface ShownCall {
  readonly id: string;
  readonly state: string;
}

const dataDir = mkdtempSync(join(tmpdir(), 'clicktocall-demo-'));
let starting: Promise<ServerProcess> | undefined;
let interrupted = false;
process.on('SIGINT', () => {
  if (interrupted) return;
  say('interrupted: the phones, Kamailio and the server end, and nothing of them stays');
  interrupted = true;
  void end(130);
});
try {
  await demonstrate();
  if (!interrupted) await end(0);
} catch (error) {
  if (!interrupted) {
    console.error(error);
    await end(1);
  }
}

async function end(code: number): Promise<never> {
  // one that starts is stopped when it has: ended before, it would leave its database behind
  const server = starting?.then(({ stop }) => stop()).catch(() => {});
  await Promise.all([server, interrupted ? killPeers() : endPeers()]);
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  process.exit(code);
}

async function demonstrate(): Promise<void> {
  const pbxPort = await freePorts(2);
  const [server, [caller, callee]] = await Promise.all([startClickToCall(pbxPort), startPbx(pbxPort)]);
  const token = await getToken(server.url);
  say(`the user demo has allowed the application ${DEMO_APP} to call; it has an access token`);
  const ask = askWith(token, `${server.url}${API_PATH}`);
  const events = await follow(`${server.url}${API_PATH}/events`, token);
  const { id } = await ask<ShownCall>('POST', '/calls', { callee: CALLEE });
  say(`POST /calls opened ${id}, from ${DEMO_NUMBER} to ${CALLEE}`);
  await pickUp(caller);
  await pickUp(callee);
  await events.reached('connected');
  await sleep(TALK_MS);
  for (const each of [caller, callee]) await tellRtp(each);
  say(`DELETE /calls/${id}`);
  await ask('DELETE', `/calls/${id}`);
  await events.reached('disconnected');
  await Promise.all([caller, callee].map((each) => each.until('CALL_CLOSED')));
  for (const each of [caller, callee]) say(`${NAMES[each.name]} has hung up; it heard ${each.heard()} Hz`);
  console.log(JSON.stringify(await ask('GET', `/calls/${id}`), null, 2));
  events.close();
}

async function startClickToCall(pbxPort: number): Promise<ServerProcess> {
  starting = startServer(
    {
      DATA_DIR: dataDir,
      CARRIER: 'sip',
      SIP_LISTEN: 'udp:127.0.0.1:0',
      SIP_PROXY: `sip:127.0.0.1:${pbxPort}`,
      SIP_USERNAME: SERVER,
      SIP_PASSWORD: passwordOf(SERVER),
    },
    { detached: true },
  );
  const server = await starting;
  say(`the server is ready at ${server.url}, with CARRIER=sip`);
  return server;
}

/** @returns the caller's phone, and the callee's */
async function startPbx(port: number): Promise<[Phone, Phone]> {
  const { address } = await startKamailio({ port });
  say(`Kamailio is registrar and proxy at ${address}`);
  const phone = async (name: string, tone: number) => {
    const password = passwordOf(name);
    const started = await startPhone({ name, tone, autoAnswer: false, registrar: address, password });
    say(`${NAMES[name]} is registered as ${started.uri}, and says ${tone} Hz`);
    return started;
  };
  return Promise.all([phone(DEMO_NUMBER, 440), phone(CALLEE, 1000)]);
}

async function pickUp(phone: Phone): Promise<void> {
  await phone.until('CALL_INCOMING');
  say(`${NAMES[phone.name]} rings`);
  await sleep(RING_MS);
  await phone.answer();
  say(`${NAMES[phone.name]} is picked up`);
}

async function tellRtp(phone: Phone): Promise<void> {
  const { sent, received } = await phone.rtp();
  say(`${NAMES[phone.name]} has sent ${sent} RTP packets and received ${received}`);
}

function askWith(token: string, base: string) {
  return async <T>(method: string, path: string, body?: object): Promise<T> => {
    const answer = await fetch(`${base}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  };
}

/** Tells the states of calls as they change, from now on. */
async function follow(url: string, token: string) {
  const source = new EventSource(url, {
    fetch: (address, init) =>
      fetch(address, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } }),
  });
  const seen = new Map<string, PromiseWithResolvers<void>>();
  const waiting = (state: string) => {
    const known = seen.get(state) ?? Promise.withResolvers<void>();
    seen.set(state, known);
    return known;
  };
  for (const state of [
    'initiating',
    'callingCaller',
    'callingCallee',
    'connected',
    'disconnected',
    'failed',
  ]) {
    source.addEventListener(state, () => {
      say(`  ${state}`);
      waiting(state).resolve();
    });
  }
  await new Promise((opened) => source.addEventListener('open', opened));
  return {
    reached: (state: string) =>
      Promise.race([
        waiting(state).promise,
        sleep(10_000, undefined, { ref: false }).then(() => {
          throw new Error(`the call is not ${state}`);
        }),
      ]),
    close: () => source.close(),
  };
}

function say(words: string): void {
  if (interrupted) return;
  console.log(`${(performance.now() / 1000).toFixed(1).padStart(5)} s  ${words}`);
}
