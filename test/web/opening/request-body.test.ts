import { suite, test } from 'node:test';
import type { ErrorClass } from '../../../src/platform/declared-error.ts';
import { InvalidInput } from '../../../src/platform/domain-error.ts';
import {
  BodyTooLarge,
  BodyTypeNotSupported,
} from '../../../src/platform/http/errors/unreadable-request-errors.ts';
import { startApp } from '../../harness/app.ts';
import { addModernClient, bearer } from '../../harness/people.ts';
import { FORM, JSON_BODY, request } from '../../platform/http/request.ts';
import { addCaller, tokenFor } from '../callers.ts';
import { assertRefused, MODERN_APIS } from './apis.ts';

const app = await startApp();
const token = await tokenFor(app, await addModernClient(app), await addCaller(app, 'anna'));

const CSV = { 'content-type': 'text/csv' };
/** The headers, the body and its refusal. */
const BODIES: Readonly<Record<string, readonly [Record<string, string>, string, ErrorClass]>> = {
  'an empty body': [JSON_BODY, '', InvalidInput],
  null: [JSON_BODY, 'null', InvalidInput],
  'a list': [JSON_BODY, '[]', InvalidInput],
  text: [JSON_BODY, '"text"', InvalidInput],
  'a number': [JSON_BODY, '1', InvalidInput],
  'a body that is cut off': [JSON_BODY, '{"caller":', InvalidInput],
  'a body with a prototype': [JSON_BODY, '{"__proto__":{}}', InvalidInput],
  'names that every object has': [JSON_BODY, '{"caller":{"toString":1,"valueOf":1}}', InvalidInput],
  'a very deep body': [JSON_BODY, `{"caller":${'['.repeat(30_000)}${']'.repeat(30_000)}}`, InvalidInput],
  'a form': [FORM, 'caller=%2B447700900000', BodyTypeNotSupported],
  'an unknown type': [CSV, 'a,b', BodyTypeNotSupported],
  'a body that is too large': [JSON_BODY, JSON.stringify({ sink: 'x'.repeat(70_000) }), BodyTooLarge],
};

for (const api of MODERN_APIS) {
  suite(`${api.title} refuses`, () => {
    for (const [what, [type, body, refusal]] of Object.entries(BODIES))
      test(what, async () => {
        const answer = await request(app, 'POST', api.path, { ...type, ...bearer(token) }, body);
        assertRefused(api, answer, refusal);
      });
  });
}
