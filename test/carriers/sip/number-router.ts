import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, isTaken } from '../../harness/free-port.ts';
import { launch, type Peer, peerFolder } from '../../peers/peer.ts';

/** Where an INVITE goes. */
export interface Route {
  /** Regular expression over the user in the Request-URI. */
  readonly to: string;
  /** Regular expression over the user in From; any by default. */
  readonly from?: string;
  /** On this machine. */
  readonly port: number;
}

export interface NumberRouter extends Peer {
  /** `host:port`, UDP. */
  readonly address: string;
}

/** Kamailio as a router: the first route that matches gets the call; without one the answer is 404. */
export async function startNumberRouter(routes: readonly Route[]): Promise<NumberRouter> {
  const port = await freePort();
  const folder = peerFolder('router');
  const config = join(folder, 'kamailio.cfg');
  writeFileSync(config, routerConfig(port, routes));
  const peer = await launch({
    command: 'kamailio',
    args: ['-f', config, '-DD', '-E', '-m', '32', '-M', '4', '-Y', folder, '-P', join(folder, 'pid')],
    folder,
    isReady: () => isTaken(port, 'udp'),
  });
  return { ...peer, address: `127.0.0.1:${port}` };
}

function routerConfig(port: number, routes: readonly Route[]): string {
  const lines = routes.map(
    ({ to, from = '', port: phone }) =>
      `if ($rU =~ "${to}" && $fU =~ "${from}") { $du = "sip:127.0.0.1:${phone}"; t_relay(); exit; }`,
  );
  return `#!KAMAILIO
debug=1
log_stderror=yes
children=2
auto_aliases=no
listen=udp:127.0.0.1:${port}
${['tm', 'sl', 'rr', 'pv', 'textops', 'siputils'].map((name) => `loadmodule "${name}.so"`).join('\n')}
modparam("tm", "fr_inv_timer", 120000)

request_route {
  if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }
  if (is_method("ACK")) { if (loose_route() || t_check_trans()) t_relay(); exit; }
  t_check_trans();
  if (has_totag()) { loose_route(); t_relay(); exit; }
  record_route(); # sipp sends all to where its call came from
  ${lines.join('\n  ')}
  sl_send_reply("404", "Not Found");
}
`;
}
