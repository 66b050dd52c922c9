import { isIPv6 } from 'node:net';
import { InvalidInput } from '../../platform/domain-error.ts';

/** In characters. */
export const MAX_SIP_ADDRESS_LENGTH = 255;

/** A SIP URI by RFC 3261 section 25.1, without password and headers. */
const SIP_ADDRESS =
  /^sips?:(?:(?:[\w\-.!~*'()&=+$,;/]|%[\da-f]{2})+@)?(?<host>\[[\da-f:.]+\]|[a-z\d](?:[a-z\d.-]*[a-z\d])?\.?)(?::(?<port>\d{1,5}))?(?:;[\w\-.!~*'+`%]+(?:=[\w\-.!~*'()[\]/:&+$%]+)?)*$/i;

/**
 * Checks the SIP URI of a user's phone, such as `sip:anna@pbx.example.com`, and trims it.
 * @throws InvalidInput
 */
export function readSipAddress(text: string): string {
  const address = text.trim();
  const { host = '', port = '' } = SIP_ADDRESS.exec(address)?.groups ?? {};
  const hostIsValid = host.startsWith('[') ? isIPv6(host.slice(1, -1)) : host !== '' && !host.includes('..');
  if (!hostIsValid || Number(port) > 65_535 || address.length > MAX_SIP_ADDRESS_LENGTH) {
    throw new InvalidInput(
      'sipAddress',
      `The SIP address must have a form such as sip:anna@pbx.example.com, no password, no headers, and at most ${MAX_SIP_ADDRESS_LENGTH} characters.`,
    );
  }
  return address;
}
