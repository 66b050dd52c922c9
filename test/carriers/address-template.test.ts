import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fillTemplate } from '../../src/carriers/address-template.ts';

const TEMPLATE = 'sip:{digits}@pbx.example;user={name};full={number}';

test('number, digits and name are filled in anywhere', () => {
  const filled = fillTemplate(TEMPLATE, { number: '+442079460000', name: 'ann' });
  assert.equal(filled, 'sip:442079460000@pbx.example;user=ann;full=+442079460000');
});

test('a name cannot become another part of the address', () => {
  const name = `a@evil.example;x=1?y {number} (*) '!" <>\r\n`;
  const filled = fillTemplate('sip:{name}@pbx.example', { number: '+442079460000', name }) ?? '';
  const [user = '', ...rest] = filled.slice('sip:'.length).split('@');
  assert.deepEqual(rest, ['pbx.example']);
  assert.match(user, /^[\w.~%-]+$/);
  assert.equal(decodeURIComponent(user), name);
});

test('a template with a number gives no address without one', () => {
  assert.equal(fillTemplate(TEMPLATE, { number: null, name: 'ann' }), undefined);
  assert.equal(fillTemplate('sip:{name}@pbx.example', { number: null, name: 'ann' }), 'sip:ann@pbx.example');
});
