/** What a test's Asterisk is to be like, beside ARI. */
export interface AsteriskSetup {
  /** Text of extensions.conf: what `Local/…` channels meet. */
  readonly extensions?: string;
  /** Text of pjsip.conf after the transport: endpoints of phones and trunks. */
  readonly endpoints?: string;
  /** Whether programs may control it over its manager interface (AMI). */
  readonly manager?: boolean;
  /** How many ports its media may take; a leg takes two. */
  readonly rtpPorts?: number;
}

export interface AsteriskPorts {
  readonly http: number;
  readonly sip: number;
  /** Of the manager interface. */
  readonly manager: number;
  /** The first of those for media. */
  readonly rtp: number;
}

export const RTP_PORTS = 200;
export const ARI_USER = 'clicktocall';
export const ARI_PASSWORD = 'only Asterisk knows';

/** Those that ARI, SIP and the dialplan of the tests need: all of them take seconds to load. */
const MODULES = [
  'app_dial,app_echo,app_playtones,app_stasis',
  'bridge_builtin_features,bridge_builtin_interval_features,bridge_holding,bridge_native_rtp,bridge_simple,bridge_softmix',
  'chan_bridge_media,chan_pjsip,codec_alaw,codec_resample,codec_ulaw,format_pcm,format_wav,func_callerid,func_channel',
  'pbx_config,res_ari,res_ari_applications,res_ari_asterisk,res_ari_bridges,res_ari_channels,res_ari_endpoints,res_ari_events',
  'res_ari_model,res_ari_playbacks,res_ari_recordings,res_http_websocket,res_pjproject,res_pjsip',
  'res_pjsip_authenticator_digest,res_pjsip_caller_id,res_pjsip_endpoint_identifier_ip',
  'res_pjsip_endpoint_identifier_user,res_pjsip_outbound_authenticator_digest,res_pjsip_pubsub,res_pjsip_rfc3326',
  'res_pjsip_sdp_rtp,res_pjsip_session,res_rtp_asterisk,res_sorcery_astdb,res_sorcery_config,res_sorcery_memory',
  'res_sorcery_realtime,res_stasis,res_stasis_answer,res_stasis_playback,res_stasis_recording,res_stasis_snoop',
  'res_timing_timerfd,res_timing_pthread,res_websocket_client',
].flatMap((line) => line.split(','));

/** It wants these files, whatever is in them. */
const NEEDED = ['features', 'cdr', 'cel', 'stasis', 'udptl', 'ccss', 'pjproject'];

/** What somebody hears whose call rings. */
const TONES =
  '[general]\ncountry=us\n[us]\ndescription=tests\nringcadence=2000,4000\nring=440+480/2000,0/4000\n';

/** Of its own, in its home. */
export const FOLDERS = ['etc', 'varlib', 'db', 'key', 'spool', 'run', 'log', 'agi'];

/**
 * Every file of the configuration by its name.
 * @param home where its folders are, as Asterisk sees them
 * @param modules the folder of its modules, likewise
 */
export function asteriskFiles(
  { extensions = '', endpoints = '', manager = false, rtpPorts = RTP_PORTS }: AsteriskSetup,
  { http, sip, manager: managerPort, rtp }: AsteriskPorts,
  home: string,
  modules: string,
): Readonly<Record<string, string>> {
  const own = FOLDERS.map((name) => `ast${name}dir => ${home}/${name}\n`);
  return {
    'asterisk.conf': `[directories]\n${own.join('')}astmoddir => ${modules}\nastdatadir => /usr/share/asterisk\n`,
    'modules.conf': `[modules]\nautoload=no\n${MODULES.map((name) => `load=${name}.so\n`).join('')}`,
    'http.conf': `[general]\nenabled=yes\nbindaddr=127.0.0.1\nbindport=${http}\n`,
    'ari.conf': `[general]\nenabled=yes\n[${ARI_USER}]\ntype=user\npassword=${ARI_PASSWORD}\n`,
    ...(manager && { 'manager.conf': managerFile(managerPort) }),
    'rtp.conf': `[general]\nrtpstart=${rtp}\nrtpend=${rtp + rtpPorts - 1}\n`,
    'pjsip.conf': `[udp]\ntype=transport\nprotocol=udp\nbind=127.0.0.1:${sip}\n${endpoints}`,
    'extensions.conf': extensions,
    'indications.conf': TONES,
    'logger.conf': '[general]\n[logfiles]\nmessages => notice,warning,error\n',
    'acl.conf': '',
    'websocket_client.conf': '',
    ...Object.fromEntries(NEEDED.map((name) => [`${name}.conf`, '[general]\n'])),
  };
}

function managerFile(port: number): string {
  const user = [`[${ARI_USER}]`, `secret=${ARI_PASSWORD}`, 'write=call,originate'];
  return ['[general]', 'enabled=yes', 'bindaddr=127.0.0.1', `port=${port}`, ...user, ''].join('\n');
}

/** A phone or a trunk in pjsip.conf. @param uri its SIP address; undefined: it would have to register */
export function sipEndpoint(name: string, uri: string | undefined): string {
  const endpoint = ['type=endpoint', 'context=nobody', 'allow=!all,ulaw', `aors=${name}`];
  const contact = uri === undefined ? 'max_contacts=1' : `contact=${uri}`;
  const media = ['media_address=127.0.0.1', 'bind_rtp_to_media_address=yes']; // else it asks who this machine is
  return [`[${name}]`, ...endpoint, ...media, `[${name}]`, 'type=aor', contact, ''].join('\n');
}
