import { isIPv6 } from 'node:net';
import { InvalidInput } from '../../platform/domain-error.ts';

/** Characters. */
export const LONGEST_SIP_ADDRESS = 255;

/** RFC 3261 section 25.1, without a password, which has no business in an address, and without headers. */
const SIP_ADDRESS =
  /^sips?:(?:(?:[\w\-.!~*'()&=+$,;/]|%[\da-f]{2})+@)?(?<host>\[[\da-f:.]+\]|[a-z\d](?:[a-z\d.-]*[a-z\d])?\.?)(?::(?<port>\d{1,5}))?(?:;[\w\-.!~*'+`%]+(?:=[\w\-.!~*'()[\]/:&+$%]+)?)*$/i;

/**
 * Reads where somebody's phone rings, a SIP URI such as `sip:anna@pbx.example.com`; as it is written, without spaces around.
 * @throws InvalidInput
 */
export function readSipAddress(text: string): string {
  const address = text.trim();
  const { host = '', port = '' } = SIP_ADDRESS.exec(address)?.groups ?? {};
  const hostIsOne = host.startsWith('[') ? isIPv6(host.slice(1, -1)) : host !== '' && !host.includes('..');
  if (!hostIsOne || Number(port) > 65_535 || address.length > LONGEST_SIP_ADDRESS) {
    throw new InvalidInput(
      'sipAddress',
      `The SIP address must have a form such as sip:anna@pbx.example.com, no password, no headers, and at most ${LONGEST_SIP_ADDRESS} characters.`,
    );
  }
  return address;
}
