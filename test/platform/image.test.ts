import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readImage } from '../../src/platform/image.ts';
import { JPEG, png, WEBP } from '../harness/images.ts';

suite('an image is known by its signature', () => {
  for (const [title, content, type] of [
    ['PNG', png(3, 2), 'image/png'],
    ['JPEG', JPEG, 'image/jpeg'],
    ['lossy WebP', WEBP.lossy, 'image/webp'],
    ['lossless WebP', WEBP.lossless, 'image/webp'],
    ['extended WebP', WEBP.extended, 'image/webp'],
  ] as const) {
    test(title, () => {
      const { type: found, width, height } = readImage('logo', content);
      assert.deepEqual([found, width, height], [type, 3, 2]);
    });

    test(`${title}, cut off anywhere, is no crash`, () => {
      for (let length = 0; length < content.length; length++)
        try {
          readImage('logo', content.subarray(0, length));
        } catch (error) {
          assert.match(
            String(error),
            /InvalidInput: The image must be a PNG, WebP or JPEG file\./,
            `${length}`,
          );
        }
    });
  }

  test('padding between the segments of a JPEG is skipped', () => {
    const padded = Buffer.concat([JPEG.subarray(0, 2), Buffer.from([0xff, 0xff]), JPEG.subarray(2)]);
    assert.equal(readImage('logo', padded).width, 3);
  });
});

const refused = (content: Buffer, message: RegExp) =>
  assert.throws(() => readImage('logo', content), { details: { field: 'logo' }, message });

test('everything else is refused, whatever its name says', () => {
  for (const text of [
    '',
    '<svg xmlns="http://www.w3.org/2000/svg"/>',
    '<html>',
    'GIF89a\x01\x00\x01\x00',
    '\xff\xd8\xff',
  ])
    refused(Buffer.from(text, 'latin1'), /must be a PNG, WebP or JPEG file/);
});

test('an image has at most 512 pixels in each direction', () => {
  assert.equal(readImage('logo', png(512, 512)).width, 512);
  refused(png(513, 1), /at most 512 pixels wide and high; this one has 513 × 1\./);
  refused(png(1, 513), /this one has 1 × 513\./);
  refused(png(0, 1), /this one has 0 × 1\./);
});

test('an image has at most 64 kB', () => {
  const empty = png(1, 1).length + 12;
  assert.equal(readImage('logo', png(1, 1, 65_536 - empty)).content.length, 65_536);
  refused(png(1, 1, 65_537 - empty), /at most 64 kB in size; this one has 65 kB\./);
});
