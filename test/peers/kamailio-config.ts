import type { Certificate } from './certificate.ts';

export interface KamailioOptions {
  /** How passwords are asked for; MD5 by default. baresip knows no other: with SHA-256 phones need none. */
  readonly algorithm?: 'MD5' | 'SHA-256';
  /** Where numbers (`+…`) are sent that nobody has registered, such as `sip:127.0.0.1:5080`. */
  readonly trunk?: string;
  /** Whether it stays in the way of a dialog (Record-Route); by default it does. */
  readonly staysInTheWay?: boolean;
}

/** The user as whom the server registers and calls; all others are phones. */
export const SERVER = 'clicktocall';

/** Everybody's password is made of their name. */
export function passwordOf(user: string): string {
  return `secret-${user}`;
}

/** A registrar and proxy that keeps all in memory, and asks for the password of who registers or calls. */
export function kamailioConfig(
  port: number,
  tlsPort: number,
  { certFile, keyFile }: Certificate,
  { algorithm = 'MD5', trunk, staysInTheWay = true }: KamailioOptions,
): string {
  const asksPhones = algorithm === 'MD5';
  const modules = [
    'tls',
    'tm',
    'sl',
    'rr',
    'pv',
    'maxfwd',
    'textops',
    'siputils',
    'usrloc',
    'registrar',
    'auth',
    'xlog',
  ];
  const parameters = [
    ['tls', 'tls_method', '"TLSv1.2+"'],
    ['tls', 'certificate', `"${certFile}"`],
    ['tls', 'private_key', `"${keyFile}"`],
    ['usrloc', 'db_mode', '0'],
    ['registrar', 'received_avp', '"$avp(received)"'],
    ['tm', 'fr_timer', '5000'],
    ['tm', 'fr_inv_timer', '60000'],
    ['auth', 'algorithm', `"${algorithm}"`],
  ];
  const abroad = trunk === undefined ? '' : `if ($rU =~ "^\\+") { $du = "${trunk}"; t_relay(); exit; }`;
  return `#!KAMAILIO
debug=2
log_stderror=yes
children=2
tcp_children=2
auto_aliases=no
enable_tls=yes
listen=udp:127.0.0.1:${port}
listen=tcp:127.0.0.1:${port}
listen=tls:127.0.0.1:${tlsPort}
alias="clicktocall.test"
${modules.map((name) => `loadmodule "${name}.so"`).join('\n')}
${parameters.map(([module, name, value]) => `modparam("${module}", "${name}", ${value})`).join('\n')}

request_route {
  if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
  if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }
  if (has_totag()) {
    if (loose_route()) { t_relay(); exit; }
    if (is_method("ACK")) { if (t_check_trans()) t_relay(); exit; }
    sl_send_reply("404", "Not here"); exit;
  }
  t_check_trans();
  if (is_method("OPTIONS")) { sl_send_reply("200", "OK"); exit; }
  if (is_method("REGISTER")) {
    if (${asksPhones ? 'true' : `$fU == "${SERVER}"`} && !pv_www_authenticate("clicktocall.test", "${passwordOf('$fU')}", "0")) {
      www_challenge("clicktocall.test", "1"); exit;
    }
    save("location");
    xlog("L_NOTICE", "registered $fU\\n");
    exit;
  }
  if (!is_method("INVITE")) { sl_send_reply("405", "Method Not Allowed"); exit; }
  if (!pv_proxy_authenticate("clicktocall.test", "${passwordOf('$au')}", "0")) {
    proxy_challenge("clicktocall.test", "1"); exit;
  }
  consume_credentials();
  ${staysInTheWay ? 'record_route();' : ''}
  if (!lookup("location")) {
    ${abroad}
    sl_send_reply("480", "Nobody is registered"); exit;
  }
  t_relay();
}
`;
}
