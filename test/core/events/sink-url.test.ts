import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { checkSinkAsSent, checkSinkUrl } from '../../../src/core/events/deliveries/sink-url.ts';
import { InvalidInput } from '../../../src/platform/domain-error.ts';

suite('accepts', () => {
  for (const [url, expected = url] of [
    ['https://sinks.example.com/events'],
    ['https://sinks.example.com:8443/events?of=me'],
    ['https://SINKS.example.com', 'https://sinks.example.com/'],
    ['https://sinks.example.com/#part', 'https://sinks.example.com/'],
    ['https://8.8.8.8/'],
    ['https://[2606:4700::1111]/'],
  ] as const) {
    test(url, () => assert.equal(checkSinkUrl(url, []), expected));
  }
});

suite('refuses, naming the field,', () => {
  for (const url of [
    '',
    'sinks.example.com',
    '/events',
    'ftp://sinks.example.com/',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'http://sinks.example.com/',
    'https://me@sinks.example.com/',
    'https://me:secret@sinks.example.com/',
    'https://localhost/',
    'https://localhost./',
    'https://app.localhost/',
    'https://printer.local/',
    'https://metadata.google.internal/',
    'https://intranet/',
    'https://127.0.0.1/',
    'https://127.1/',
    'https://0x7f000001/',
    'https://2130706433/',
    'https://0177.0.0.1/',
    'https://0.0.0.0/',
    'https://10.0.0.1/',
    'https://172.31.255.255/',
    'https://192.168.0.1/',
    'https://100.64.0.1/',
    'https://169.254.169.254/latest/meta-data/',
    'https://168.63.129.16/',
    'https://224.0.0.1/',
    'https://255.255.255.255/',
    'https://[::]/',
    'https://[::1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://[64:ff9b::a00:1]/',
    'https://[fd00::1]/',
    'https://[fe80::1]/',
    'https://[fec0::1]/',
    'https://[ff02::1]/',
    'https://[2001:db8::1]/',
    'https://[2002:a00:1::]/',
    `https://sinks.example.com/${'x'.repeat(2048)}`,
  ]) {
    test(url.slice(0, 60), () => {
      assert.throws(
        () => checkSinkUrl(url, [], 'url'),
        (error: unknown) =>
          error instanceof InvalidInput &&
          error.details['field'] === 'url' &&
          error.message.startsWith('url must'),
      );
    });
  }
});

test('says what would be accepted, and what an administrator can set', () => {
  for (const [url, rule] of [
    ['http://localhost:3000/', 'must be an https: URL with a public address'],
    ['http://sinks.example.com/', 'must be an https: URL'],
    ['https://localhost/', 'must have a public address'],
  ] as const)
    assert.throws(() => checkSinkUrl(url, [], 'url'), {
      message: `url ${rule}, unless an administrator of this server allows the host with SINK_ALLOW_HOSTS.`,
    });
});

suite('an allowed host', () => {
  const allowed = ['localhost', 'dev.internal:8080', '[::1]:9000', 'plain.example:80'];
  for (const url of [
    'http://localhost/',
    'http://localhost:3000/',
    'https://localhost/',
    'http://dev.internal:8080/',
    'http://[::1]:9000/',
    'http://plain.example/',
  ]) {
    test(`may be ${url}`, () => assert.equal(checkSinkUrl(url, allowed), url));
  }
  for (const url of [
    'http://dev.internal/',
    'http://dev.internal:8081/',
    'https://[::1]/',
    'http://sub.localhost/',
    'http://localhost.example/',
    'ftp://localhost/',
    'http://me:secret@localhost/',
  ]) {
    test(`does not allow ${url}`, () => assert.throws(() => checkSinkUrl(url, allowed), InvalidInput));
  }
});

suite('a sink, which is kept as it was sent, names its host in the normal form:', () => {
  for (const url of [
    'https://sinks.example.com',
    'HTTPS://Sinks.Example.com:443/events',
    'https://sinks.example.com?of=me',
    'https://sinks.example.com./events#part',
    'https://[2606:4700::1111]:8443/',
    'https://xn--bcher-kva.example/',
  ]) {
    test(`${url} is accepted`, () => checkSinkAsSent(url, []));
  }
  for (const [url, host] of [
    ['https://%65xample.com/s', 'example.com'],
    ['https:///example.com/s', 'example.com'],
    ['https:example.com/s', 'example.com'],
    ['https:\\\\example.com/s', 'example.com'],
    ['https://exam\tple.com/s', 'example.com'],
    ['https://134744072/s', '8.8.8.8'],
    ['https://0x08080808/s', '8.8.8.8'],
    ['https://[2606:4700:0:0:0:0:0:1111]/', '[2606:4700::1111]'],
    ['https://bücher.example/', 'xn--bcher-kva.example'],
    ['https://ｅxample.com/', 'example.com'],
  ] as const) {
    test(`${JSON.stringify(url)} is refused`, () => {
      const message = `sink must name its host as ${host}.`;
      assert.throws(() => checkSinkAsSent(url, []), { name: 'InvalidInput', message });
    });
  }
});
