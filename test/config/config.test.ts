import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readConfig, variables } from '../../src/config/config.ts';
import { ConfigError } from '../../src/platform/configuration/variable.ts';

const KEY = Buffer.alloc(32).toString('base64');

test('an empty environment gives the defaults', () => {
  const { version, ...config } = readConfig({});
  assert.match(version, /^\d+\.\d+\.\d+/);
  assert.deepEqual(config, {
    port: 8888,
    host: 'localhost',
    publicUrl: 'http://localhost:8888',
    brand: {},
    databaseUrl: undefined,
    dataDir: './data',
    encryptionKeys: undefined,
    sinkAllowHosts: [],
    logLevel: 'info',
    trustProxy: false,
    maxOngoingCalls: 2,
    defaultCountry: undefined,
    carrier: 'session',
    sip: undefined,
    ari: undefined,
    callsPerMinute: undefined,
    talkTimePerDay: undefined,
    metricsToken: undefined,
    callTimeLimit: 14_400,
    ringTimeout: 60,
    sessionLease: undefined,
    dialAllow: [],
    dialDeny: ['emergency', 'premium'],
    consoleSecondFactorRequired: false,
    allowHttpRedirects: false,
    clientDocumentHosts: [],
    anonymousRequestsPerMinute: 300,
    refreshTokenGrace: 30,
    retentionDays: undefined,
    retentionAction: 'remove',
    production: false,
    loopback: true,
    warnings: [],
  });
});

test('an empty or blank variable counts as unset', () => {
  const blank = Object.fromEntries(Object.keys(variables).map((name) => [name, ' ']));
  assert.deepEqual(readConfig(blank), readConfig({}));
});

suite('reads', () => {
  for (const [env, expected] of [
    [{ PORT: '1' }, { port: 1, publicUrl: 'http://localhost:1' }],
    [{ PORT: '65535' }, { port: 65535 }],
    [{ PORT: ' 9000 ' }, { port: 9000 }],
    [
      { BRAND_NAME: 'Smith & Sons', BRAND_ACCENT: '#0B6253' },
      { brand: { name: 'Smith & Sons', accent: '#0b6253' } },
    ],
    [
      { BRAND_LEGAL: 'Privacy policy https://a.example/p ,Imprint  mailto:a@b.example' },
      {
        brand: {
          legal: [
            { text: 'Privacy policy', url: 'https://a.example/p' },
            { text: 'Imprint', url: 'mailto:a@b.example' },
          ],
        },
      },
    ],
    [{ ALLOW_HTTP_REDIRECTS: 'true' }, { allowHttpRedirects: true }],
    [
      { CLIENT_DOCUMENT_HOSTS: ' App.example.com , *.example.org,*:8443,[::1]:443 , *' },
      { clientDocumentHosts: ['app.example.com', '*.example.org', '*:8443', '[::1]:443', '*'] },
    ],
    [{ ANONYMOUS_REQUESTS_PER_MINUTE: '1' }, { anonymousRequestsPerMinute: 1 }],
    [{ HOST: '127.0.0.1' }, { host: '127.0.0.1', loopback: true }],
    [{ HOST: '::1' }, { loopback: true }],
    [{ HOST: '0.0.0.0' }, { loopback: false }],
    [{ HOST: '::' }, { loopback: false }],
    [{ HOST: 'localhost.example' }, { loopback: false }],
    [{ HOST: '127.0.0.1.example' }, { loopback: false }],
    [
      { PUBLIC_URL: 'https://calls.example', PORT: '9000' },
      { publicUrl: 'https://calls.example', port: 9000 },
    ],
    [{ PUBLIC_URL: 'https://calls.example/' }, { publicUrl: 'https://calls.example' }],
    [{ PUBLIC_URL: 'http://localhost:80' }, { publicUrl: 'http://localhost' }],
    [{ PUBLIC_URL: 'https://CALLS.example:8443' }, { publicUrl: 'https://calls.example:8443' }],
    [{ DATABASE_URL: 'postgres://u:p@h/d' }, { databaseUrl: 'postgres://u:p@h/d' }],
    ...[
      'postgresql:///d?host=/tmp',
      'postgresql://u@/d?host=%2Ftmp&port=5433',
      'postgresql://u:p%40ss%2Fw%25rd:%3F@db.example:5432/d?sslmode=verify-full&sslrootcert=/etc/ca.pem',
      'postgresql://u@[::1]:5432/d',
      'postgresql://db.example',
    ].map((url) => [{ DATABASE_URL: url }, { databaseUrl: url }] as const),
    [{ DATA_DIR: '/var/lib/calls' }, { dataDir: '/var/lib/calls' }],
    [{ ENCRYPTION_KEY: KEY }, { encryptionKeys: [Buffer.alloc(32)] }],
    [{ ENCRYPTION_KEY: `${KEY}, ${KEY}` }, { encryptionKeys: [Buffer.alloc(32), Buffer.alloc(32)] }],
    [{ SINK_ALLOW_HOSTS: 'localhost' }, { sinkAllowHosts: ['localhost'] }],
    [
      { SINK_ALLOW_HOSTS: 'Sinks.Example:8443, [::1]:80, 10.0.0.1' },
      { sinkAllowHosts: ['sinks.example:8443', '[::1]:80', '10.0.0.1'] },
    ],
    [{ LOG_LEVEL: 'silent' }, { logLevel: 'silent' }],
    [{ REFRESH_TOKEN_GRACE: '0' }, { refreshTokenGrace: 0 }],
    [{ REFRESH_TOKEN_GRACE: '300' }, { refreshTokenGrace: 300 }],
    [{ TRUST_PROXY: 'true' }, { trustProxy: true }],
    [{ TRUST_PROXY: 'false' }, { trustProxy: false }],
    [{ TRUST_PROXY: '10.0.0.0/8, ::1' }, { trustProxy: ['10.0.0.0/8', '::1'] }],
    [{ MAX_ONGOING_CALLS: '0' }, { maxOngoingCalls: 0 }],
    [{ MAX_ONGOING_CALLS: '10000' }, { maxOngoingCalls: 10_000 }],
    [{ DEFAULT_COUNTRY: 'GB' }, { defaultCountry: 'GB' }],
    [{ DIAL_ALLOW: 'GB, us,+44 20,premium' }, { dialAllow: ['GB', 'US', '+4420', 'premium'] }],
    [{ DIAL_DENY: '+1900' }, { dialDeny: ['+1900'] }],
    [{ DIAL_DENY: 'emergency,shared-cost' }, { dialDeny: ['emergency', 'shared-cost'] }],
    [{ CONSOLE_SECOND_FACTOR: 'required' }, { consoleSecondFactorRequired: true }],
    [{ NODE_ENV: 'production' }, { production: true }],
    [{ NODE_ENV: 'test' }, { production: false }],
  ] as const) {
    test(JSON.stringify(env), () => {
      const config = readConfig(env);
      for (const [name, value] of Object.entries(expected)) {
        assert.deepEqual(config[name as keyof typeof config], value, name);
      }
    });
  }
});

suite('refuses with one line that names the variable', () => {
  const wrong: Record<string, readonly string[]> = {
    BRAND_NAME: ['x'.repeat(101), 'a\u202eb'],
    BRAND_LOGO: ['/nowhere/logo.png', import.meta.filename],
    BRAND_ACCENT: ['teal', '#fff', '#0b62531'],
    BRAND_SUPPORT: ['https://help.example', 'Help', 'Help javascript:alert(1)'],
    BRAND_LEGAL: ['Privacy https://a.example/, ,'],
    PORT: ['0', '65536', '-1', '1.5', 'http', '0x50', '1e3', '8888 9999'],
    PUBLIC_URL: [
      'calls.example',
      'ftp://calls.example',
      'https://calls.example/path',
      'https://calls.example/?x=1',
      'https://calls.example/#x',
      'https://me:secret@calls.example',
      'https://',
      'localhost:8888',
    ],
    DATABASE_URL: [
      'mysql://u:p@h/d',
      'h/d',
      'postgres:d',
      '/var/run/postgresql',
      'postgresql://h:65536/d',
      'postgresql://h1,h2/d',
      'postgresql://h1:1,h2:2/d',
      'postgresql://h/d?port=very-secret',
      'postgresql://h/d?sslmode=disable&port=65536',
    ],
    ENCRYPTION_KEY: [
      'short',
      `${KEY},`,
      Buffer.alloc(31).toString('base64'),
      Buffer.alloc(33).toString('base64'),
    ],
    SINK_ALLOW_HOSTS: [
      'http://localhost',
      'localhost/path',
      'a b',
      'localhost,',
      'me@localhost',
      'localhost:99999',
    ],
    CLIENT_DOCUMENT_HOSTS: [
      'https://app.example',
      'app.example/client.json',
      'app.*.example',
      '*app.example',
      '**.example',
      'app.example,',
      'me@app.example',
      '*:99999',
      'bücher.example',
    ],
    LOG_LEVEL: ['verbose', 'INFO', '3'],
    TRUST_PROXY: ['yes', '10.0.0.0/8,proxy', ',', '10.0.0.0/999', '999.0.0.1', '::1::2', 'f'],
    MAX_ONGOING_CALLS: ['-1', '10001', '1.5', 'none', '2 3'],
    CONSOLE_SECOND_FACTOR: ['true', 'passkey', 'Required'],
    ALLOW_HTTP_REDIRECTS: ['yes', '1', 'TRUE'],
    ANONYMOUS_REQUESTS_PER_MINUTE: ['0', '-1', 'many', '1000001'],
    REFRESH_TOKEN_GRACE: ['-1', '301', '1.5', '30s', 'off'],
    NODE_ENV: ['prod', 'Production', 'staging'],
    DIAL_ALLOW: [
      'UK',
      'GB,,US',
      'GB,',
      ',',
      'GB US',
      '44',
      '+',
      '+044',
      '+1x',
      '*',
      'emergency',
      'GB,emergency',
    ],
    DIAL_DENY: ['XX', 'premium;emergency', 'none', '+1234567890123456', '0044', 'premium,+'],
    DEFAULT_COUNTRY: ['Britain', 'UK', 'XX', 'GB,US'],
    CARRIER: ['SIP', 'asterisk'],
    CALLS_PER_MINUTE: ['0', 'many'],
    TALK_TIME_PER_DAY: ['0', '1 h'],
    METRICS_TOKEN: ['short', 'with spaces in it, too'],
    SIP_LISTEN: [
      '5060',
      'udp:5060',
      'udp:127.0.0.1',
      'sctp:127.0.0.1:5060',
      'udp:localhost:5060',
      'tcp:::1:5060',
    ],
    SIP_ADVERTISE: ['sip:calls.example', 'calls.example:99999', 'a b'],
    SIP_PROXY: ['pbx.example', 'sip:', 'sip:pbx example', 'sip:pbx.example;transport=tcp>', 'tel:+4420'],
    SIP_REGISTRAR: ['pbx.example'],
    SIP_CALLER_ADDRESS: ['{number}', 'sip:{phone}@pbx.example', 'sip:<{number}>@pbx.example'],
    SIP_CALLEE_ADDRESS: ['{number}@pbx.example', 'sip:{}@pbx.example'],
    SIP_CALLER_ID: ['+4420'],
    SIP_ASSERTED_IDENTITY: ['+4420'],
    SIP_FLOW: ['early', 'flow-1'],
    SIP_SESSION_EXPIRES: ['89', 'never'],
    SIP_TLS_CERTIFICATE: ['nowhere.pem', 'package.json'],
    SIP_TLS_KEY: ['nowhere.pem'],
    SIP_TLS_CA: ['nowhere.pem'],
    SIP_TRACE: ['yes'],
    ARI_URL: ['127.0.0.1:8088', 'http://user:secret@127.0.0.1:8088/ari', 'http://127.0.0.1/ari?api_key=a:b'],
    ARI_APP: ['click to call', 'a'.repeat(41)],
    ARI_CALLER_ENDPOINT: ['PJSIP/{phone}'],
    ARI_CALLEE_ENDPOINT: ['PJSIP/{number} @trunk'],
    ARI_CALLER_ID: ['{id}'],
  };
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values) {
      test(`${name}=${value}`, () => {
        assert.throws(
          () => readConfig({ [name]: value }),
          (error: unknown) => {
            assert.ok(error instanceof ConfigError);
            assert.match(error.message, new RegExp(`^${name}: .+$`));
            assert.ok(!error.message.includes('\n'));
            return true;
          },
        );
      });
    }
  }

  for (const password of [
    'p@ss/w#rd%?:&',
    'a/b',
    'a?b',
    'a#b',
    'a@b',
    '12/34',
    '100%',
    'a%zz',
    '%ff',
    'a%c3%28',
    'a b',
    '[a]/',
    'a\tb',
    'a\nb',
  ]) {
    test(`DATABASE_URL with the password ${JSON.stringify(password)}: it must be percent-encoded`, () => {
      // The same for every value, so it repeats nothing of this one.
      const expected = refusal({ DATABASE_URL: 'none' });
      assert.match(expected, /^DATABASE_URL: .*percent-encoded.*\(the value is not shown/);
      for (const user of ['ctc', 'ctc@corp']) {
        assert.equal(
          refusal({ DATABASE_URL: `postgresql://${user}:${password}@db.example:5432/calls` }),
          expected,
        );
      }
    });
  }

  for (const host of ['[::fffff]', '[1:2]', '[:::]', 'very^secret', 'very<secret', '%ff']) {
    test(`DATABASE_URL with the host ${host}`, () => {
      const expected = refusal({ DATABASE_URL: 'none' });
      assert.equal(refusal({ DATABASE_URL: `postgresql://ctc:pw@${host}:5432/calls` }), expected);
    });
  }

  // A value in the wrong variable, or in the wrong form.
  for (const secret of [
    'https://me:very-secret@calls.example/path?x',
    'sip:me:very-secret@pbx example',
    'sip:me:very-secret@pbx.example;transport=tls',
    'udp:me:very-secret@127.0.0.1:5060',
    'me:very-secret@localhost:1',
    'PJSIP/{x}:very-secret@trunk',
    'mysql://me:very-secret@db.example/calls',
    '-----BEGIN PRIVATE KEY-----\nvery-secret\n-----END PRIVATE KEY-----',
  ]) {
    for (const name of Object.keys(variables)) {
      test(`${name} without a part of ${JSON.stringify(secret)}`, () => {
        for (const env of [{}, { CARRIER: 'sip' }]) {
          assert.doesNotMatch(refusal({ ...env, [name]: secret }, ''), /very-secret/);
        }
      });
    }
  }

  test('without a part of a key', () => {
    assert.doesNotMatch(refusal({ ENCRYPTION_KEY: 'nearly-a-key' }), /nearly/);
    assert.doesNotMatch(refusal({ METRICS_TOKEN: 'nearly a token' }), /nearly/);
  });
});

/** The message with which a configuration is refused. @param otherwise returned if it is accepted */
function refusal(env: NodeJS.ProcessEnv, otherwise?: string): string {
  try {
    readConfig(env);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message;
  }
  assert.ok(otherwise !== undefined, 'the configuration is accepted');
  return otherwise;
}

const SIP = { CARRIER: 'sip', SIP_PROXY: 'sip:pbx.example:5070;transport=udp' };
const ARI = {
  CARRIER: 'ari',
  ARI_USERNAME: 'calls',
  ARI_PASSWORD: 'secret',
  ARI_CALLEE_ENDPOINT: 'PJSIP/{number}@trunk',
};

test('the settings of a carrier are there only where it is the one', () => {
  const { sip, ari } = readConfig({ ...SIP, ...ARI, CARRIER: 'session' });
  assert.deepEqual([sip, ari], [undefined, undefined]);
});

test('a proxy is enough to call by', () => {
  const { sip } = readConfig(SIP);
  assert.equal(sip?.callerAddress, 'sip:{number}@pbx.example:5070');
  assert.equal(sip?.calleeAddress, 'sip:{number}@pbx.example:5070');
  assert.equal(sip?.callerId, 'sip:{number}@127.0.0.1');
  assert.deepEqual(sip?.listen, { protocol: 'udp', host: '127.0.0.1', port: 5060 });
});

test('an Asterisk is configured by its address, a user and an endpoint', () => {
  assert.deepEqual(readConfig(ARI).ari, {
    url: 'http://127.0.0.1:8088/ari',
    username: 'calls',
    password: 'secret',
    app: 'clicktocall',
    callerEndpoint: 'PJSIP/{digits}',
    calleeEndpoint: 'PJSIP/{number}@trunk',
    callerId: '{number}',
  });
});

suite('says which variable is missing', () => {
  const lacking: readonly (readonly [env: NodeJS.ProcessEnv, name: string])[] = [
    [{ CARRIER: 'sip' }, 'SIP_CALLEE_ADDRESS'],
    [{ CARRIER: 'sip', SIP_CALLEE_ADDRESS: 'sip:{number}@pbx.example' }, 'SIP_CALLER_ADDRESS'],
    [{ ...SIP, SIP_PASSWORD: 'secret' }, 'SIP_USERNAME'],
    [{ ...SIP, SIP_USERNAME: 'clicktocall' }, 'SIP_PASSWORD'],
    [{ ...SIP, SIP_REGISTRAR: 'sip:pbx.example' }, 'SIP_USERNAME'],
    [{ ...SIP, SIP_LISTEN: 'tls:127.0.0.1:5061' }, 'SIP_TLS_CERTIFICATE'],
    [{ ...SIP, SIP_LISTEN: 'udp:0.0.0.0:5060' }, 'SIP_ADVERTISE'],
    [{ ...ARI, ARI_USERNAME: '' }, 'ARI_USERNAME'],
    [{ ...ARI, ARI_PASSWORD: '' }, 'ARI_PASSWORD'],
    [{ ...ARI, ARI_CALLEE_ENDPOINT: '' }, 'ARI_CALLEE_ENDPOINT'],
  ];
  for (const [env, name] of lacking) {
    test(`${name} with ${JSON.stringify(env)}`, () => {
      assert.throws(
        () => readConfig(env),
        (error: unknown) =>
          error instanceof ConfigError && error.message.startsWith(name) && !error.message.includes('secret'),
      );
    });
  }
});

test('every variable has a description and a default for the documentation', () => {
  for (const [name, { description, byDefault }] of Object.entries(variables)) {
    assert.ok(description.length > 0 && byDefault.length > 0, name);
  }
});
