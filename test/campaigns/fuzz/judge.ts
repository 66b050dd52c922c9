import assert from 'node:assert/strict';
import { assertIs } from '../../web/click-to-dial/camara-schemas.ts';
import { createConformance } from '../../web/openapi/conformance.ts';
import type { Definition, PlacedOperation } from '../../web/openapi/definition.ts';
import { textsOf } from '../strict-xml.ts';
import type { Received } from './exchange.ts';

const API = '/api/';
const CAMARA = '/click-to-dial/';
/** Headers of a response that only some of its errors have. */
const SOMETIMES = ['idempotent-replayed', 'ratelimit', 'ratelimit-policy', 'retry-after'];
/** Words of libraries, of the database and of programs. */
const NOT_OURS =
  /\b(select|insert|update|delete from|postgres|pg_\w*|sqlstate|syntax error|constraint|relation|column|jsonb|plpgsql|ajv|fastify|FST_\w*|typebox|libphonenumber|\w+Error|undefined|node_modules|stack)\b|\bat \w+ \(|\.[jt]s:\d+/i;

/** Problem details (RFC 9457). */
function assertProblem(type: string, status: number, text: string): void {
  assert.equal(type, 'application/problem+json');
  const problem = JSON.parse(text);
  assert.equal(problem.status, status);
  assert.equal(problem.type, `/errors#${problem.code}`);
  assert.equal(typeof problem.title, 'string');
}

/** Compares answers with the definition. Each of its functions throws an AssertionError. */
export function createJudge(definition: Definition) {
  const conformance = createConformance(definition);

  function judgeBody({ headers, text }: Received): void {
    const type = headers.get('content-type') ?? '';
    if (/^text\/html/.test(type) && text !== '') {
      assert.match(text, /^<!doctype html>\n<html lang="en">/);
      assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/);
      assert.doesNotMatch(text, /undefined|\[object /);
    }
    if (/^application\/xml/.test(type)) textsOf(text);
  }

  /** An error says what is wrong in our words, apart from what the request brought. */
  function judgeError(path: string, { status, headers, text }: Received): void {
    const type = headers.get('content-type') ?? '';
    if (path.startsWith(CAMARA)) {
      assert.equal(type, 'application/json');
      assertIs('ErrorInfo', JSON.parse(text));
      assert.equal(JSON.parse(text).status, status);
    }
    if (path.startsWith(API)) assertProblem(type, status, text);
    if (!/^application\/(problem\+)?json/.test(type)) return;
    const {
      error_description: description,
      detail = description,
      message = detail,
      field = '',
    } = JSON.parse(text);
    assert.equal(typeof message, 'string');
    const ours = message
      .replaceAll(field, '')
      .replace(/(?<=parameter: ).*/s, '') // CAMARA's errors have no `field`
      .replace(/".*"/gs, '');
    assert.doesNotMatch(ours, NOT_OURS);
  }

  return {
    judgeError,

    /** The server did not fail, and the status, the type, the body and the headers are as documented. */
    judge(operation: PlacedOperation, answer: Received): void {
      const { status, headers, text } = answer;
      // Most operations document 503, but the database is available throughout.
      assert.ok(status < 500, `the server failed: ${text}`);
      const response = operation.responses[String(status)];
      assert.ok(response, `the status ${status} is not documented`);
      const types = Object.keys(response.content ?? {});
      const [type = ''] = (headers.get('content-type') ?? '').split(';');
      assert.ok(types.length === 0 || types.includes(type), `the type "${type}" is not documented`);
      const documented = { face: String(status), mediaType: types.length === 0 ? undefined : type };
      const json = <T>() => JSON.parse(text) as T;
      conformance.assertAnswer(
        { ...answer, location: headers.get('location') ?? '', json },
        operation,
        documented,
      );
      for (const name of Object.keys(response.headers ?? {})) {
        const isOptional = SOMETIMES.includes(name.toLowerCase()) || (status === 403 && /^www-/i.test(name));
        assert.ok(isOptional || headers.has(name), `the header ${name} is missing`);
      }
      judgeBody(answer);
      if (status >= 400) judgeError(operation.path, answer);
    },
  };
}
