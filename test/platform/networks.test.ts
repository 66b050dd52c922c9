import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networksOf } from '../../src/platform/networks.ts';

test('an IPv4 address counts alone, however it is written', () => {
  for (const address of ['203.0.113.7', '::ffff:203.0.113.7', '::ffff:cb00:7107'])
    assert.deepEqual(networksOf(address), ['203.0.113.7']);
});

test('an IPv6 address counts with its networks of 64, 56 and 48 bits', () => {
  const expected = ['2001:db8:1:12ab::/64', '2001:db8:1:1200::/56', '2001:db8:1:0::/48'];
  assert.deepEqual(networksOf('2001:db8:1:12ab::5'), expected);
  assert.deepEqual(networksOf('2001:0DB8:0001:12AB:ffff:ffff:ffff:ffff'), expected);
  assert.notDeepEqual(networksOf('2001:db8::'), networksOf('2001:db8:0:1::'));
});

test('a port and brackets, which some proxies add, are no part of an address', () => {
  for (const address of ['203.0.113.7:5678', '[203.0.113.7]:5678', '[::ffff:203.0.113.7]'])
    assert.deepEqual(networksOf(address), ['203.0.113.7'], address);
  for (const address of ['[2001:db8:1:12ab::5]:5678', '[2001:db8:1:12ab::5]'])
    assert.deepEqual(networksOf(address), networksOf('2001:db8:1:12ab::5'), address);
});

test('texts that are no address count as one network', () => {
  assert.deepEqual(networksOf('unknown'), networksOf(''));
});
