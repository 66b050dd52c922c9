import { describeCarrier } from './carriers/describe-carrier.ts';
import type { Config } from './config/config.ts';

/** The message in the terminal when the server is ready: its URL, and what to do next. */
export function welcome(config: Config, demo: boolean): string {
  const { publicUrl, version, databaseUrl, dataDir } = config;
  return [
    `ClickToCall ${version} is ready at ${publicUrl}`,
    ...(demo
      ? [
          '',
          'Next: open this page, sign in as demo with password demo, and make your first call:',
          `  ${publicUrl}/`,
          '',
        ]
      : []),
    `Database: ${databaseUrl === undefined ? `embedded PostgreSQL in ${dataDir}` : 'as set by DATABASE_URL'}`,
    `Calls: ${describeCarrier(config)}`,
    ...(demo ? ['The numbers +1 202 555 0100 to 0199 are always simulated.'] : []),
    '',
    ...(demo ? demoSteps(publicUrl) : firstSteps()),
    '',
    'Stop with Ctrl-C.',
  ].join('\n');
}

function demoSteps(publicUrl: string): string[] {
  const query = `client_id=demo-classic&response_type=token&redirect_uri=${encodeURIComponent(`${publicUrl}/test`)}&scope=call`;
  return [
    'Demo data, for this machine only: users demo/demo, demo2/demo2 and the administrator admin/admin,',
    'the clients demo-classic (secret demo-classic-secret) and demo-app (public, PKCE).',
    '',
    `The administrator's console is at ${publicUrl}/console.`,
    'README.md shows a first call with curl. To get a token for the API of 2012, open:',
    `  ${publicUrl}/oauth/auth?${query}`,
  ];
}

function firstSteps(): string[] {
  return [
    'Next: add a user and a client on the command line:',
    '  npm run --silent cli -- user add NAME --password-stdin',
    '  npm run --silent cli -- client add --name NAME --redirect-uri URI',
  ];
}
