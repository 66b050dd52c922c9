import type { ListenAddress, UserAgentConfig } from '@clicktocall/sip';
import { hostOf, transportOf } from '@clicktocall/sip/uri';
import { integer, oneOf, readPem } from '../../config/values.ts';
import { ConfigError, type Values, variable } from '../../config/variable.ts';
import { readTemplate } from '../address-template.ts';
import { readHostPort, readListenAddress, readSipAddress } from './sip-values.ts';

/** The settings of the carrier `sip`. */
export interface SipConfig extends UserAgentConfig {
  /** Templates of SIP URIs (address-template.ts): the caller's own phone, and the callee. */
  readonly callerAddress: string;
  readonly calleeAddress: string;
  /** A template over the callee's number: From on the caller's leg. */
  readonly calleeId: string;
  /** Templates over the caller's number: From and P-Asserted-Identity on the callee's leg. */
  readonly callerId: string;
  readonly assertedIdentity: string | undefined;
  /** How the two phones learn each other's descriptions (RFC 3725). */
  readonly flow: 'early-offer' | 'flow-4';
}

export const sipVariables = {
  SIP_LISTEN: variable(
    '`sip`: where to listen, as `udp:`, `tcp:` or `tls:` and an address and a port',
    '`udp:127.0.0.1:5060`',
    (text) => readListenAddress(text ?? 'udp:127.0.0.1:5060'),
  ),
  SIP_ADVERTISE: variable(
    '`sip`: host or `host:port` at which phones and proxies reach this node',
    'where it listens',
    readHostPort,
  ),
  SIP_PROXY: variable(
    '`sip`: PBX, trunk or outbound proxy through which all calls leave, such as `sip:pbx.example.com`; over which transport, `SIP_LISTEN` says',
    'none: addresses are called directly',
    readSipAddress,
  ),
  SIP_REGISTRAR: variable(
    '`sip`: where `SIP_USERNAME` registers, such as `sip:pbx.example.com`',
    'none: no registration',
    readSipAddress,
  ),
  SIP_USERNAME: variable('`sip`: name for digest authentication', 'none', (text) => text),
  SIP_PASSWORD: variable('`sip`: password for digest authentication', 'none', (text) => text),
  SIP_REALM: variable(
    '`sip`: realm of the digest, where it is not asked for by proxy or registrar themselves',
    'what the registrar, or the proxy by 407, names first; the hosts of both',
    (text) => text,
  ),
  SIP_CALLER_ADDRESS: variable(
    '`sip`: where a user’s own phone rings, unless the user has an address of their own; `{number}`, `{digits}` (without `+`) and `{name}` are filled in',
    '`sip:{number}@` and the host of `SIP_PROXY`',
    template,
  ),
  SIP_CALLEE_ADDRESS: variable(
    '`sip`: what is dialled for a callee, likewise',
    '`sip:{number}@` and the host of `SIP_PROXY`',
    template,
  ),
  SIP_CALLEE_ID: variable(
    '`sip`: who calls, as the user’s own phone sees it (From) while it is rung; the callee’s number is filled in. A trunk that checks From wants a number of one’s own',
    'what is dialled for the callee',
    template,
  ),
  SIP_CALLER_ID: variable(
    '`sip`: who calls, as the callee sees it (From); the caller’s number and name are filled in',
    '`sip:{number}@` and the host of this node',
    template,
  ),
  SIP_ASSERTED_IDENTITY: variable(
    '`sip`: who calls, as a trunk wants to be told (P-Asserted-Identity), likewise',
    'none: not sent',
    template,
  ),
  SIP_FLOW: variable(
    '`sip`: how the two phones are joined: `early-offer`, or `flow-4` of RFC 3725 where a peer needs it',
    '`early-offer`',
    (text) => oneOf(text ?? 'early-offer', ['early-offer', 'flow-4']),
  ),
  SIP_SESSION_EXPIRES: variable(
    '`sip`: seconds of a session timer; within half of them a phone that has died is found',
    '1800',
    (text) => integer(text ?? '1800', 90, 86_400),
  ),
  SIP_TLS_CERTIFICATE: variable('`sip` over TLS: file with this node’s certificate, PEM', 'none', readPem),
  SIP_TLS_KEY: variable('`sip` over TLS: file with its private key, PEM', 'none', readPem),
  SIP_TLS_CA: variable(
    '`sip` over TLS: file with the authorities that peers are trusted by, PEM',
    'those that Node trusts',
    readPem,
  ),
  SIP_TRACE: variable(
    '`sip`: `true` logs every message, without credentials',
    '`false`',
    (text) => oneOf(text ?? 'false', ['true', 'false']) === 'true',
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
    if (address !== undefined) checkAgrees(listen, name, address);
  const throughProxy = proxy && `sip:{number}@${hostOf(proxy)}`;
  const calleeAddress = values.SIP_CALLEE_ADDRESS ?? throughProxy;
  const callerAddress = values.SIP_CALLER_ADDRESS ?? throughProxy;
  if (calleeAddress === undefined) throw missing('SIP_CALLEE_ADDRESS or SIP_PROXY', 'CARRIER=sip');
  if (callerAddress === undefined) throw missing('SIP_CALLER_ADDRESS or SIP_PROXY', 'CARRIER=sip');
  return {
    ...{ listen, advertise, proxy, registrar, username, password, calleeAddress, callerAddress },
    calleeId: values.SIP_CALLEE_ID ?? calleeAddress,
    realm: values.SIP_REALM,
    callerId: values.SIP_CALLER_ID ?? `sip:{number}@${(advertise ?? listen).host}`,
    assertedIdentity: values.SIP_ASSERTED_IDENTITY,
    flow: values.SIP_FLOW,
    sessionExpires: values.SIP_SESSION_EXPIRES,
    tls: { cert, key, ca },
    trace: values.SIP_TRACE,
  };
}

const LOOPBACK = /^(?:127\.[\d.]+|\[::1\]|(?:[\w.-]+\.)?localhost)(?::\d+)?$/i;

/** A proxy or registrar on another machine that is told to reach this node at a loopback address; undefined if there is none. */
export function loopbackPeer({
  listen,
  advertise,
  proxy,
  registrar,
}: SipConfig): { readonly peer: string; readonly address: string } | undefined {
  const { host: address } = advertise ?? listen;
  const peers = [proxy, registrar].flatMap((uri) => (uri === undefined ? [] : [hostOf(uri)]));
  const peer = peers.find((each) => !LOOPBACK.test(each));
  return peer === undefined || !LOOPBACK.test(address) ? undefined : { peer, address };
}

function template(text: string | undefined): string | undefined {
  return text === undefined ? undefined : readSipAddress(readTemplate(text));
}

function missing(variables: string, because: string): ConfigError {
  return new ConfigError(`${variables}: is needed with ${because}`);
}

function checkAgrees({ protocol }: ListenAddress, name: string, address: string): void {
  const required = transportOf(address) ?? protocol;
  if (required === protocol) return;
  throw new ConfigError(
    `SIP_LISTEN: must be ${required}:, which ${name}=${address} requires, not ${protocol}:`,
  );
}
