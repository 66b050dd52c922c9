import type { FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { RequestUnreadable } from './errors/unreadable-request-errors.ts';

export const UPLOAD = 'multipart/form-data';
/** Of a whole form. More than its file may have, so that the rule for the file explains what is wrong. */
const MAX_FORM_LENGTH = 1024 * 1024;

/** Reads forms with files on the routes of its scope: a text field becomes a string, and a file becomes a buffer. */
export const uploads = fp(
  async (app) => {
    app.addContentTypeParser<Buffer>(
      UPLOAD,
      { parseAs: 'buffer', bodyLimit: MAX_FORM_LENGTH },
      async (request: FastifyRequest, body: Buffer) => {
        const fields = [...(await readForm(request.headers['content-type'] ?? '', body))];
        return Object.fromEntries(
          await Promise.all(fields.map(async ([name, value]) => [name, await contentOf(value)] as const)),
        );
      },
    );
  },
  { name: 'uploads' },
);

async function readForm(type: string, body: Buffer): Promise<FormData> {
  try {
    return await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData();
  } catch {
    throw new RequestUnreadable('The form cannot be read.');
  }
}

async function contentOf(value: string | Blob): Promise<string | Buffer> {
  return typeof value === 'string' ? value : Buffer.from(await value.arrayBuffer());
}
