import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import spectralCore, { type RulesetDefinition } from '@stoplight/spectral-core';
import spectralParsers from '@stoplight/spectral-parsers';
import spectralRulesets from '@stoplight/spectral-rulesets';
import { startApp } from '../../harness/app.ts';
import { operationsOf, readDefinition } from './definition.ts';

const { Document, Spectral } = spectralCore;

// As it looks where people use it: a definition whose server is localhost is warned of.
const app = await startApp({ PUBLIC_URL: 'https://calls.example.net' });
const definition = await readDefinition(app);
const text = JSON.stringify(definition);

test('redocly reports nothing', async () => {
  const config = await createConfig({
    extends: ['recommended'],
    rules: {
      // The steps of the 2012 flows succeed by a redirect. The test below takes the rule's place.
      'operation-2xx-response': 'off',
    },
  });
  const problems = await lintFromString({ source: text, absoluteRef: '/openapi.json', config });
  assert.deepEqual(
    problems.map(({ ruleId, message, location: [place] }) => `${ruleId}: ${place?.pointer} ${message}`),
    [],
  );
});

test('every operation documents a success', () => {
  const without = operationsOf(definition).filter(
    ({ responses }) => !Object.keys(responses).some((status) => /^[23]/.test(status)),
  );
  assert.deepEqual(without, []);
});

test('spectral reports nothing', async () => {
  const spectral = new Spectral();
  spectral.setRuleset({
    extends: [[spectralRulesets.oas as RulesetDefinition, 'recommended']],
    rules: {
      // It looks for the scopes of an openIdConnect scheme in the definition; they are in what its address answers.
      'oas3-operation-security-defined': 'off',
    },
  });
  const results = await spectral.run(new Document(text, spectralParsers.Json, 'openapi.json'));
  assert.deepEqual(
    results.map(({ code, path, message }) => `${String(code)}: ${path.join('/')} ${message}`),
    [],
  );
});
