import { InvalidInput } from '../../../platform/domain-error.ts';
import { isAllowedHost, isPrivateHost } from '../../../platform/outbound/public-addresses.ts';

const MAX_LENGTH = 2048;

/**
 * Checks the URL of a sink or webhook. The addresses that its host name resolves to are checked at each delivery (sender.ts).
 * @param field the name of the field in the error
 * @returns the URL in its canonical form
 * @throws InvalidInput
 */
export function checkSinkUrl(text: string, allowed: readonly string[], field = 'sink'): string {
  const refuse = (why: string): never => {
    throw new InvalidInput(field, `${field} ${why}.`);
  };
  const url = text.length <= MAX_LENGTH ? URL.parse(text) : null;
  if (!url || !/^https?:$/.test(url.protocol)) {
    return refuse(`must be an absolute https: URL of at most ${MAX_LENGTH} characters`);
  }
  if (url.username || url.password) return refuse('must not contain a user name or a password');
  if (isAllowedHost(url, allowed)) return withoutFragment(url);
  const secure = url.protocol === 'https:';
  const reachable = !isPrivateHost(url.hostname);
  if (secure && reachable) return withoutFragment(url);
  const rule = secure
    ? 'must have a public address'
    : `must be an https: URL${reachable ? '' : ' with a public address'}`;
  return refuse(`${rule}, unless an administrator of this server allows the host with SINK_ALLOW_HOSTS`);
}

/**
 * Checks the URL of a sink, which is kept as it was sent. The limits of each receiver read its host from the text, so other spellings
 * of a host, such as `%65xample.com` or `134744072`, are refused.
 * @throws InvalidInput
 */
export function checkSinkAsSent(text: string, allowed: readonly string[]): void {
  const { hostname } = new URL(checkSinkUrl(text, allowed));
  const [, host = ''] = /^https?:\/\/([^/?#]*?)(?::\d*)?(?:[/?#]|$)/i.exec(text) ?? [];
  if (host.toLowerCase() !== hostname)
    throw new InvalidInput('sink', `sink must name its host as ${hostname}.`);
}

function withoutFragment(url: URL): string {
  url.hash = '';
  return url.href;
}
