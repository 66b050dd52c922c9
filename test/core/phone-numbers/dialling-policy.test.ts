import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { CountryCode } from 'libphonenumber-js/max';
import { readConfig } from '../../../src/config/config.ts';
import { createDiallingPolicy, type RefusalReason } from '../../../src/core/phone-numbers/dialling-policy.ts';

interface Lists {
  readonly allow?: string;
  readonly deny?: string;
  readonly country?: CountryCode;
}

/** Creates the policy of an environment, with the defaults. */
function policyOf({ allow, deny, country }: Lists = {}) {
  const { dialAllow, dialDeny } = readConfig({ DIAL_ALLOW: allow, DIAL_DENY: deny });
  return createDiallingPolicy({ allow: dialAllow, deny: dialDeny, country });
}

async function reasonFor(lists: Lists, text: string): Promise<RefusalReason | 'called'> {
  return (await policyOf(lists).judge(text))?.reason ?? 'called';
}

type Numbers = Readonly<Record<string, RefusalReason | 'called'>>;

function judges(title: string, lists: Lists, numbers: Numbers): void {
  suite(title, () => {
    for (const [text, expected] of Object.entries(numbers)) {
      test(`${text}: ${expected}`, async () => assert.equal(await reasonFor(lists, text), expected));
    }
  });
}

judges(
  'by default, premium-rate numbers are refused',
  {},
  {
    '+19005551234': 'premium',
    '+1 (900) 555-1234': 'premium',
    '+449098790879': 'premium',
    '+44 (0)909 879 0879': 'premium',
    '+448431234567': 'premium',
    '+499001234567': 'premium',
    '+4909001234567': 'premium',
    '+43900123456': 'premium',
    '+39899123456': 'premium',
    '+39892123': 'premium',
    '+611900123456': 'premium',
    '+33899123456': 'premium',
    '+34803123456': 'premium',
    '+41900123456': 'premium',
    '+46900123456': 'premium',
    '+81990123456': 'premium',
    '+979123456789': 'premium', // of no country: the International Premium Rate Service
  },
);

judges(
  'digits too many, which exchanges ignore, hide no premium-rate number',
  {},
  {
    '+49900123456789': 'premium',
    '+4990012345678': 'premium',
    '+43900123456789': 'premium',
  },
);

judges(
  'by default, everything else is called',
  {},
  {
    '+447700900123': 'called', // reserved for fiction, as are the next three
    '+441632960123': 'called',
    '+12025550100': 'called',
    '+12025550199': 'called',
    '+14165550100': 'called',
    '+442079460000': 'called',
    '+18005551234': 'called',
    '+491805123456': 'called', // shared cost
    '+390892123': 'called', // Salerno, though without its zero it would cost
    '+919001234567': 'called', // a mobile that begins like other countries' premium rate
    '+881612345678': 'called',
  },
);

judges(
  'by default, emergency numbers are refused',
  { country: 'DE' },
  {
    '+1911': 'emergency',
    '+44999': 'emergency',
    '112': 'emergency',
    '110': 'emergency',
    '999': 'called', // in Britain, and no number here: reading refuses it
    '0900 1234567': 'premium',
    '030 123456': 'called',
  },
);

judges(
  'where the class is not denied, reading refuses emergency numbers',
  { deny: 'premium' },
  { '+44999': 'called', '112': 'called' },
);

judges(
  'an allow list calls nothing else',
  { allow: 'GB, US' },
  {
    '+447700900123': 'called',
    '+441632960123': 'called',
    '+442079460000': 'called',
    '+12025550100': 'called',
    '+12025550199': 'called',
    '+12129765555': 'called',
    '+14165550100': 'not-allowed', // Canada
    '+18765551234': 'not-allowed', // Jamaica
    '+447911123456': 'not-allowed', // Guernsey
    '+441534123456': 'not-allowed', // Jersey
    '+4930123456': 'not-allowed',
    '+881612345678': 'not-allowed', // satellites, of no country
    '+19005551234': 'premium',
    '+44999': 'emergency',
  },
);

judges(
  'an allow list of countries and prefixes allows their union',
  { allow: 'CA,+4420, +88 16' },
  {
    '+14165550100': 'called',
    '+442079460000': 'called',
    '+44 20 7946 0000': 'called',
    '+881612345678': 'called',
    '+441632960123': 'not-allowed',
    '+12025550100': 'not-allowed',
  },
);

judges(
  'a deny list refuses its countries and prefixes',
  { deny: 'emergency,premium,RU,+1876,+44 70' },
  {
    '+79161234567': 'denied',
    '+18765551234': 'denied',
    '+447012345678': 'denied',
    '+44 (0)70 1234 5678': 'denied',
    '+77011234567': 'called', // Kazakhstan shares Russia's calling code
    '+12025550100': 'called',
    '+447700900123': 'called',
    '+19005551234': 'premium',
    '+1911': 'emergency',
  },
);

judges(
  'deny wins over allow, however long the prefixes are',
  { allow: 'US,+44,premium', deny: '+1,+4470,premium' },
  {
    '+12025550100': 'denied',
    '+447012345678': 'denied',
    '+449098790879': 'premium',
    '+447700900123': 'called',
  },
);

judges(
  'a deny list replaces the default',
  { deny: 'emergency,shared-cost' },
  {
    '+19005551234': 'called',
    '+491805123456': 'shared-cost',
    '+33810123456': 'shared-cost',
    '+43810123456': 'shared-cost',
  },
);

judges(
  'classes can be allowed',
  { allow: 'premium,shared-cost', deny: 'emergency' },
  {
    '+19005551234': 'called',
    '+33810123456': 'called',
    '+12025550100': 'not-allowed',
  },
);

test('an invalid number is not refused by the policy', async () => {
  for (const text of ['', 'hello', '+', '+44', '+4477009001234567', '+447700900123x5', '07700900123'])
    assert.equal(await policyOf({ allow: 'US' }).judge(text), undefined, text);
});

test('a refusal contains the number: in E.164 form, an emergency number as entered', async () => {
  assert.deepEqual(await policyOf().judge(' +1 (900) 555-1234'), {
    number: '+19005551234',
    reason: 'premium',
  });
  assert.deepEqual(await policyOf({ country: 'GB' }).judge(' 999 '), { number: '999', reason: 'emergency' });
});
