import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { temporaryFolder } from '../harness/server-process.ts';
import { cards } from './cards.ts';
import { startDesktop } from './desktop.ts';
import { testFlows } from './flows.ts';
import { PROGRAMS, start } from './program.ts';
import { openRoom } from './room.ts';

const room = await openRoom();
const registered = await room.register({ public: true, redirectUris: ['http://127.0.0.1'] });

/** @returns the file of a configuration for the server and the client */
function saveConfiguration(): string {
  const file = join(temporaryFolder(), '.gitconfig');
  const configuration = readFileSync(join(PROGRAMS, cards['git-credential-oauth'].program), 'utf8');
  const saved = configuration.replace('ISSUER', room.app.url).replace('CLIENT_ID', registered.client.id);
  writeFileSync(file, saved);
  return file;
}

testFlows(
  'git-credential-oauth',
  room,
  registered,
  async () => {
    const { child, output } = start(['/usr/bin/git-credential-oauth', '-verbose', 'get'], {
      GIT_CONFIG_GLOBAL: saveConfiguration(),
      ...(await startDesktop(room)),
    });
    child.stdin.end(`protocol=http\nhost=${new URL(room.app.url).host}\n\n`);
    await text(child.stdout);
    return { output: output() };
  },
  {
    'loopback port'({ output }) {
      assert.match(String(output), /query: map\[code:/);
      assert.match(String(output), /"code_verifier contains invalid characters"/);
    },
  },
);
