import assert from 'node:assert/strict';
import type { Answer } from '../../harness/browser.ts';

/** What an application registered: a host, a port, a path and a query, each of which somebody may try to bend. */
export const REGISTERED = 'https://app.example:8443/oauth/cb?a=1&b=2';
/** The same application's other one, on the scheme's own port. */
export const REGISTERED_BESIDE = 'https://app.example/cb';

const HOST = 'https://app.example:8443';
const REST = '/oauth/cb?a=1&b=2';

/** Each differs from what is registered, but some reader takes it for that, or for somebody else's address. */
export const MUTANTS: Readonly<Record<string, string>> = {
  // scheme
  'http for https': `http://app.example:8443${REST}`,
  'scheme in capitals': `HTTPS://app.example:8443${REST}`,
  'no scheme': `//app.example:8443${REST}`,
  'one slash': `https:/app.example:8443${REST}`,
  'no slash': `https:app.example:8443${REST}`,
  'three slashes': `https:///app.example:8443${REST}`,
  javascript: `javascript:location='${HOST}${REST}'`,
  data: `data:text/html,${HOST}${REST}`,
  file: `file:///app.example:8443${REST}`,
  'a scheme before it': `x:${HOST}${REST}`,
  // host
  'host in capitals': `https://APP.example:8443${REST}`,
  'subdomain before': `https://evil.app.example:8443${REST}`,
  'host as a subdomain': `https://app.example.evil.example:8443${REST}`,
  'letters before the host': `https://evilapp.example:8443${REST}`,
  'parent domain': `https://example:8443${REST}`,
  'other top level': `https://app.example.com:8443${REST}`,
  'dot behind the host': `https://app.example.:8443${REST}`,
  'two dots in the host': `https://app..example:8443${REST}`,
  'encoded dot in the host': `https://app%2eexample:8443${REST}`,
  'ideographic full stop': `https://app\u3002example:8443${REST}`,
  'fullwidth full stop': `https://app\uff0eexample:8443${REST}`,
  'halfwidth ideographic full stop': `https://app\uff61example:8443${REST}`,
  'fullwidth letters': `https://\uff41pp.example:8443${REST}`,
  'a Cyrillic letter': `https://\u0430pp.example:8443${REST}`,
  'soft hyphen': `https://ap\u00adp.example:8443${REST}`,
  'zero width joiner': `https://app\u200d.example:8443${REST}`,
  'another host': `https://evil.example:8443${REST}`,
  // port
  'another port': `https://app.example:8444${REST}`,
  'no port': `https://app.example${REST}`,
  'empty port': `https://app.example:${REST}`,
  'zero before the port': `https://app.example:08443${REST}`,
  'the default port said': 'https://app.example:443/cb',
  'a port where none is': 'https://app.example:8443/cb',
  // user information
  'a user': `https://me@app.example:8443${REST}`,
  'a user and a password': `https://me:secret@app.example:8443${REST}`,
  'an empty user': `https://@app.example:8443${REST}`,
  'host as a user': `https://app.example@evil.example:8443${REST}`,
  'host and port as a user': `https://app.example:8443@evil.example${REST}`,
  'encoded at sign': `https://app.example%40evil.example:8443${REST}`,
  'two at signs': `https://me@evil.example@app.example:8443${REST}`,
  // backslashes
  'backslashes for slashes': `https:\\\\app.example:8443${REST}`,
  'backslash in the path': `${HOST}/oauth\\cb?a=1&b=2`,
  'backslash before an at sign': `${HOST}\\@evil.example${REST}`,
  'another host before a backslash': `https://evil.example\\@app.example:8443${REST}`,
  'encoded backslash': `${HOST}/oauth%5ccb?a=1&b=2`,
  // path
  'path in other letters': `${HOST}/OAuth/cb?a=1&b=2`,
  'slash behind the path': `${HOST}/oauth/cb/?a=1&b=2`,
  'two slashes in the path': `${HOST}/oauth//cb?a=1&b=2`,
  'two slashes before the path': `${HOST}//oauth/cb?a=1&b=2`,
  'below the path': `${HOST}/oauth/cb/evil?a=1&b=2`,
  'letters behind the path': `${HOST}/oauth/cbx?a=1&b=2`,
  'path cut off': `${HOST}/oauth/c?a=1&b=2`,
  'parent of the path': `${HOST}/oauth?a=1&b=2`,
  'no path': `${HOST}?a=1&b=2`,
  'dot segment': `${HOST}/oauth/./cb?a=1&b=2`,
  'dot segments there and back': `${HOST}/oauth/evil/../cb?a=1&b=2`,
  'dot segments out': `${HOST}/oauth/cb/../../evil?a=1&b=2`,
  'encoded dot segments': `${HOST}/oauth/evil/%2e%2e/cb?a=1&b=2`,
  'encoded dot segments in capitals': `${HOST}/oauth/evil/%2E%2E/cb?a=1&b=2`,
  'dot segments encoded twice': `${HOST}/oauth/evil/%252e%252e/cb?a=1&b=2`,
  'dot segments with a semicolon': `${HOST}/oauth/evil/..;/cb?a=1&b=2`,
  'encoded slash': `${HOST}/oauth%2fcb?a=1&b=2`,
  'encoded letter': `${HOST}/oauth/c%62?a=1&b=2`,
  'path parameter': `${HOST}/oauth/cb;evil=1?a=1&b=2`,
  // query
  'no query': `${HOST}/oauth/cb`,
  'empty query': `${HOST}/oauth/cb?`,
  'query cut off': `${HOST}/oauth/cb?a=1`,
  'query in another order': `${HOST}/oauth/cb?b=2&a=1`,
  'query in other letters': `${HOST}/oauth/cb?A=1&b=2`,
  'another value': `${HOST}/oauth/cb?a=1&b=3`,
  'a parameter more': `${HOST}${REST}&c=3`,
  'a parameter twice': `${HOST}${REST}&a=1`,
  'a parameter twice, first': `${HOST}/oauth/cb?a=2&a=1&b=2`,
  'an ampersand more': `${HOST}${REST}&`,
  'semicolon for ampersand': `${HOST}/oauth/cb?a=1;b=2`,
  'an encoded name': `${HOST}/oauth/cb?%61=1&b=2`,
  'encoded question mark': `${HOST}/oauth/cb%3fa=1&b=2`,
  'a query where none is': `${REGISTERED_BESIDE}?a=1`,
  // fragment
  'a fragment': `${HOST}${REST}#evil`,
  'an empty fragment': `${HOST}${REST}#`,
  'an encoded fragment': `${HOST}${REST}%23evil`,
  'fragment before an at sign': `https://evil.example#@app.example:8443${REST}`,
  // white space, controls
  'space before': ` ${HOST}${REST}`,
  'space behind': `${HOST}${REST} `,
  'no-break space behind': `${HOST}${REST}\u00a0`,
  'tab in the scheme': `ht\ttps://app.example:8443${REST}`,
  'tab in the path': `${HOST}/oauth\t/cb?a=1&b=2`,
  'line feed in the host': `https://app.\nexample:8443${REST}`,
  'line feed behind': `${HOST}${REST}\n`,
  'carriage return and line feed behind': `${HOST}${REST}\r\nSet-Cookie: evil=1`,
  'encoded line feed': `${HOST}${REST}%0d%0aSet-Cookie:%20evil=1`,
  'null behind': `${HOST}${REST}\0`,
  'encoded null': `${HOST}/oauth/cb%00?a=1&b=2`,
  // somewhere within
  'as the query of another': `https://evil.example/?${HOST}${REST}`,
  'as the path of another': `https://evil.example/${HOST}${REST}`,
  'as the fragment of another': `https://evil.example/#${HOST}${REST}`,
  'both, with a space': `${HOST}${REST} ${REGISTERED_BESIDE}`,
  'both, with a comma': `${HOST}${REST},${REGISTERED_BESIDE}`,
  'far longer': `${HOST}${REST}${'x'.repeat(1500)}`,
  'path alone': REST,
  'no address': 'app',
};

/** Nothing leads to the address: no redirect at all, no form, no link, no refresh, no header that it smuggled in. */
export function assertLeadsNowhere(answer: Answer, what: string): void {
  const description = `${what}: ${answer.status} ${answer.location} ${answer.text}`;
  assert.ok([400, 403].includes(answer.status), description);
  assert.equal(answer.headers.get('location'), null, description);
  assert.equal(answer.headers.get('refresh'), null, description);
  assert.doesNotMatch(answer.headers.getSetCookie().join(), /evil/, description);
  assert.doesNotMatch(answer.text, /<form|<a\b[^>]*evil|http-equiv|request_uri"/, description);
  assert.doesNotMatch(answer.text, /access_token=|[?&]code=/, description);
}
