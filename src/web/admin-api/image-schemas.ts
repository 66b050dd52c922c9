import { type Static, Type } from 'typebox';
import { IMAGE_RULE } from '../../platform/image.ts';

/** Bytes: an image of the greatest size, in base64. */
export const MAX_IMAGE_BODY = 96 * 1024;

export const ImageContent = Type.Object(
  {
    content: Type.Unsafe<string | null>({
      type: ['string', 'null'],
      contentEncoding: 'base64',
      description: `${IMAGE_RULE} Null removes the image.`,
      examples: [null],
    }),
  },
  { additionalProperties: false },
);

/** @returns null to remove the image */
export function readImageContent({ content }: Static<typeof ImageContent>): Buffer | null {
  return content === null ? null : Buffer.from(content, 'base64');
}
