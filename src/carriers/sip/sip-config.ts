import type { ListenAddress, UserAgentConfig } from '@clicktocall/sip';
import { hostOf, transportOf } from '@clicktocall/sip/uri';
import { readChoice, readInteger, readPem } from '../../platform/configuration/values.ts';
import { ConfigError, type Values, variable } from '../../platform/configuration/variable.ts';
import { readTemplate } from '../address-template.ts';
import { FLOWS, type Flow } from './flow-store.ts';
import { readHostPort, readListenAddress, readSipUri } from './sip-values.ts';

/** The settings of the carrier `sip`. */
export interface SipConfig extends UserAgentConfig {
  /** Templates (address-template.ts) of the SIP URIs of the caller's own phone and of the callee. */
  readonly callerAddress: string;
  readonly calleeAddress: string;
  /** Template of From on the caller's leg, with the callee's number. */
  readonly calleeId: string;
  /** Templates of From and P-Asserted-Identity on the callee's leg, with the caller's number. */
  readonly callerId: string;
  readonly assertedIdentity: string | undefined;
  /** How the caller's phone is called; `automatic`: the flow that its phone accepts. */
  readonly flow: 'automatic' | Flow;
}

export const sipVariables = {
  SIP_LISTEN: variable(
    'address to listen on: `udp:`, `tcp:` or `tls:`, an IP address and a port',
    '`udp:127.0.0.1:5060`',
    (text) => readListenAddress(text ?? 'udp:127.0.0.1:5060'),
  ),
  SIP_ADVERTISE: variable(
    '`host` or `host:port` at which phones and proxies reach this server',
    'the address in `SIP_LISTEN`',
    readHostPort,
  ),
  SIP_PROXY: variable(
    'PBX, trunk or outbound proxy for all calls, such as `sip:pbx.example.com`. `SIP_LISTEN` decides the transport',
    'none: the server calls addresses directly',
    readSipUri,
  ),
  SIP_REGISTRAR: variable(
    'registrar at which `SIP_USERNAME` registers, such as `sip:pbx.example.com`',
    'none: no registration',
    readSipUri,
  ),
  SIP_USERNAME: variable('user name for digest authentication', 'none', (text) => text),
  SIP_PASSWORD: variable('password for digest authentication', 'none', (text) => text),
  SIP_REALM: variable(
    'realms in which the server authenticates, separated by commas, besides the hosts of `SIP_PROXY` and `SIP_REGISTRAR`',
    'the realms that the registrar names, or that of the first 407 of the proxy',
    (text) => (text ?? '').split(',').flatMap((realm) => realm.trim() || []),
  ),
  SIP_CALLER_ADDRESS: variable(
    'template of the SIP address of a user’s own phone, with `{number}`, `{digits}` (without `+`) and `{name}`. An address that is set for the user takes precedence',
    '`sip:{number}@` and the host of `SIP_PROXY`',
    template,
  ),
  SIP_CALLEE_ADDRESS: variable(
    'template of the SIP address of a callee',
    '`sip:{number}@` and the host of `SIP_PROXY`',
    template,
  ),
  SIP_CALLEE_ID: variable(
    'template of the caller ID (From) that the user’s own phone shows, with the callee’s number. Set a number of your own if your trunk checks From',
    'the callee’s SIP address',
    template,
  ),
  SIP_CALLER_ID: variable(
    'template of the caller ID (From) that the callee sees, with the caller’s number and name',
    '`sip:{number}@` and the host of this server',
    template,
  ),
  SIP_ASSERTED_IDENTITY: variable(
    'template of P-Asserted-Identity, with the caller’s number and name, for trunks that require it',
    'none: not sent',
    template,
  ),
  SIP_FLOW: variable(
    'how the callers’ phones are called: `delayed-offer` (INVITE without SDP), `early-offer` (INVITE with SDP), or `automatic`: `delayed-offer`, and the other one for phones that refuse it',
    '`automatic`',
    (text) => readChoice(text ?? 'automatic', ['automatic', ...FLOWS]),
  ),
  SIP_SESSION_EXPIRES: variable(
    'seconds of the session timer. The server finds a dead phone within half of it',
    '1800',
    (text) => readInteger(text ?? '1800', 90, 86_400),
  ),
  SIP_TLS_CERTIFICATE: variable(
    'PEM file with this server’s certificate; required with `tls:`',
    'none',
    readPem,
  ),
  SIP_TLS_KEY: variable('PEM file with its private key; required with `tls:`', 'none', readPem),
  SIP_TLS_CA: variable(
    'PEM file with the certificate authorities to trust',
    'those that Node.js trusts',
    readPem,
  ),
  SIP_TRACE: variable(
    '`true` logs every SIP message, without credentials',
    '`false`',
    (text) => readChoice(text ?? 'false', ['true', 'false']) === 'true',
  ),
};

/** @throws ConfigError if the variables contradict each other */
export function sipConfigOf(values: Values<typeof sipVariables>): SipConfig {
  const { SIP_LISTEN: listen, SIP_ADVERTISE: advertise, SIP_PROXY: proxy } = values;
  const { SIP_USERNAME: username, SIP_PASSWORD: password, SIP_REGISTRAR: registrar } = values;
  const { SIP_TLS_CERTIFICATE: cert, SIP_TLS_KEY: key, SIP_TLS_CA: ca } = values;
  if (password !== undefined && username === undefined) throw missing('SIP_USERNAME', 'SIP_PASSWORD');
  if (username !== undefined && password === undefined) throw missing('SIP_PASSWORD', 'SIP_USERNAME');
  if (registrar !== undefined && username === undefined) throw missing('SIP_USERNAME', 'SIP_REGISTRAR');
  if (listen.protocol === 'tls' && cert === undefined)
    throw missing('SIP_TLS_CERTIFICATE', 'SIP_LISTEN=tls:');
  if (listen.protocol === 'tls' && key === undefined) throw missing('SIP_TLS_KEY', 'SIP_LISTEN=tls:');
  if (advertise === undefined && /^(0\.0\.0\.0|\[::\])$/.test(listen.host))
    throw missing('SIP_ADVERTISE', `SIP_LISTEN on ${listen.host}`);
  for (const [name, address] of Object.entries({ SIP_PROXY: proxy, SIP_REGISTRAR: registrar }))
    if (address !== undefined) checkTransport(listen, name, address);
  const throughProxy = proxy && `sip:{number}@${hostOf(proxy)}`;
  const calleeAddress = values.SIP_CALLEE_ADDRESS ?? throughProxy;
  const callerAddress = values.SIP_CALLER_ADDRESS ?? throughProxy;
  if (calleeAddress === undefined) throw missing('SIP_CALLEE_ADDRESS or SIP_PROXY', 'CARRIER=sip');
  if (callerAddress === undefined) throw missing('SIP_CALLER_ADDRESS or SIP_PROXY', 'CARRIER=sip');
  return {
    listen,
    advertise,
    proxy,
    registrar,
    username,
    password,
    calleeAddress,
    callerAddress,
    calleeId: values.SIP_CALLEE_ID ?? calleeAddress,
    realms: values.SIP_REALM,
    callerId: values.SIP_CALLER_ID ?? `sip:{number}@${(advertise ?? listen).host}`,
    assertedIdentity: values.SIP_ASSERTED_IDENTITY,
    flow: values.SIP_FLOW,
    sessionExpires: values.SIP_SESSION_EXPIRES,
    tls: { cert, key, ca },
    trace: values.SIP_TRACE,
  };
}

const LOOPBACK = /^(?:127\.[\d.]+|\[::1\]|(?:[\w.-]+\.)?localhost)(?::\d+)?$/i;

/** @returns a proxy or registrar on another machine that would get a loopback address of this node; undefined if there is none */
export function loopbackPeer({
  listen,
  advertise,
  proxy,
  registrar,
}: SipConfig): { readonly peerHost: string; readonly address: string } | undefined {
  const { host: address } = advertise ?? listen;
  const peers = [proxy, registrar].flatMap((uri) => (uri === undefined ? [] : [hostOf(uri)]));
  const peer = peers.find((each) => !LOOPBACK.test(each));
  return peer === undefined || !LOOPBACK.test(address) ? undefined : { peerHost: peer, address };
}

function template(text: string | undefined): string | undefined {
  return text === undefined ? undefined : readSipUri(readTemplate(text));
}

function missing(variables: string, reason: string): ConfigError {
  return new ConfigError(`${variables}: is required with ${reason}`);
}

function checkTransport({ protocol }: ListenAddress, name: string, address: string): void {
  const required = transportOf(address) ?? protocol;
  if (required === protocol) return;
  throw new ConfigError(`SIP_LISTEN: must be ${required}:, the transport of ${name}, not ${protocol}:`);
}
