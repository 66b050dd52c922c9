import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import { createSealedBox, SealNotOpened } from '../../../src/platform/secrets/sealed-box.ts';

const SECRET = 'a secret nobody should read';
const [first, second] = [randomBytes(32), randomBytes(32)];
const box = createSealedBox([first]);

test('a sealed secret can be opened, and is not readable', () => {
  for (const secret of [SECRET, '', 'ä€😀', 'x'.repeat(5000)]) {
    const sealed = box.seal(secret, 'it');
    assert.equal(box.open(sealed, 'it'), secret);
    if (secret) assert.ok(!sealed.includes(secret));
  }
});

test('the same secret is sealed differently each time', () => {
  assert.notDeepEqual(box.seal(SECRET, 'it'), box.seal(SECRET, 'it'));
});

test('the first key seals, and all keys open', () => {
  const both = createSealedBox([second, first]);
  assert.equal(both.open(box.seal(SECRET, 'it'), 'it'), SECRET);
  assert.equal(createSealedBox([second]).open(both.seal(SECRET, 'it'), 'it'), SECRET);
  assert.throws(() => box.open(both.seal(SECRET, 'it'), 'it'), SealNotOpened);
});

suite('opening fails, without revealing the secret, for', () => {
  const sealed = box.seal(SECRET, 'it');
  const changed = (at: number) => {
    const copy = Buffer.from(sealed);
    copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
    return copy;
  };
  const broken: Record<string, readonly [Buffer, string, RegExp]> = {
    'what another key sealed': [createSealedBox([second]).seal(SECRET, 'it'), 'it', /ENCRYPTION_KEY/],
    'what belongs to something else': [sealed, 'other', /belongs to another owner/],
    'another form': [changed(0), 'it', /format/],
    'another key’s id': [changed(1), 'it', /ENCRYPTION_KEY/],
    'a changed nonce': [changed(5), 'it', /changed/],
    'a changed byte': [changed(20), 'it', /changed/],
    'a changed tag': [changed(sealed.length - 1), 'it', /changed/],
    'a part of it': [sealed.subarray(0, -1), 'it', /changed/],
    'too little to be anything': [sealed.subarray(0, 10), 'it', /format/],
    nothing: [Buffer.alloc(0), 'it', /format/],
    'plain text': [Buffer.from(SECRET.repeat(3)), 'it', /format/],
  };
  for (const [what, [value, owner, message]] of Object.entries(broken)) {
    test(what, () => {
      assert.throws(
        () => box.open(value, owner),
        (error: unknown) =>
          error instanceof SealNotOpened && message.test(error.message) && !error.message.includes('nobody'),
      );
    });
  }
});
