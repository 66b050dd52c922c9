import { createHash } from 'node:crypto';
import { InvalidInput } from './domain-error.ts';

const MAX_BYTES = 64 * 1024;
const MAX_PIXELS = 512;

/** The rule for images, for people who choose one. */
export const IMAGE_RULE = 'PNG, WebP or JPEG, at most 64 kB and 512 pixels wide and high.';

interface ImageFormat {
  readonly type: 'image/png' | 'image/webp' | 'image/jpeg';
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

/** A raster image that pages show. No SVG: it can contain scripts. */
export interface Image extends ImageFormat {
  readonly content: Buffer;
  /** Changes with the content. */
  readonly version: string;
}

/** Checks an image by its signature, whatever its sender says about it. @throws InvalidInput */
export function readImage(field: string, content: Buffer): Image {
  if (content.length > MAX_BYTES) {
    const size = Math.ceil(content.length / 1024);
    throw new InvalidInput(field, `The image must be at most 64 kB in size; this one has ${size} kB.`);
  }
  const format = readFormat(content);
  if (!format) throw new InvalidInput(field, 'The image must be a PNG, WebP or JPEG file.');
  const { width, height } = format;
  if (Math.min(width, height) < 1 || Math.max(width, height) > MAX_PIXELS)
    throw new InvalidInput(
      field,
      `The image must be at most 512 pixels wide and high; this one has ${width} × ${height}.`,
    );
  return {
    ...format,
    content,
    version: createHash('sha256').update(content).digest('base64url').slice(0, 8),
  };
}

/** @returns undefined for anything but a PNG, WebP or JPEG */
function readFormat(content: Buffer): ImageFormat | undefined {
  try {
    return readPng(content) ?? readWebp(content) ?? readJpeg(content);
  } catch (error) {
    if (error instanceof RangeError) return undefined; // the header is cut off
    throw error;
  }
}

function readPng(content: Buffer): ImageFormat | undefined {
  if (
    content.toString('latin1', 0, 8) !== '\x89PNG\r\n\x1a\n' ||
    content.toString('latin1', 12, 16) !== 'IHDR'
  )
    return undefined;
  return { type: 'image/png', width: content.readUInt32BE(16), height: content.readUInt32BE(20) };
}

/** RFC 9649 sections 2.5 to 2.7: a lossy, a lossless or an extended file. */
function readWebp(content: Buffer): ImageFormat | undefined {
  if (content.toString('latin1', 0, 4) !== 'RIFF' || content.toString('latin1', 8, 12) !== 'WEBP')
    return undefined;
  const type = 'image/webp';
  switch (content.toString('latin1', 12, 16)) {
    case 'VP8 ':
      return { type, width: content.readUInt16LE(26) & 0x3fff, height: content.readUInt16LE(28) & 0x3fff };
    case 'VP8L': {
      const bits = content.readUInt32LE(21);
      return { type, width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case 'VP8X':
      return { type, width: content.readUIntLE(24, 3) + 1, height: content.readUIntLE(27, 3) + 1 };
    default:
      return undefined;
  }
}

/** The size is in the frame header (SOF), which follows other segments. */
function readJpeg(content: Buffer): ImageFormat | undefined {
  if (content.toString('latin1', 0, 3) !== '\xff\xd8\xff') return undefined;
  for (let at = 2; content.readUInt8(at) === 0xff; ) {
    const marker = content.readUInt8(at + 1);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame)
      return {
        type: 'image/jpeg',
        width: content.readUInt16BE(at + 7),
        height: content.readUInt16BE(at + 5),
      };
    at += marker === 0xff ? 1 : 2 + content.readUInt16BE(at + 2); // padding, or a segment
  }
  return undefined;
}
