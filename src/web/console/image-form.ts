import { html } from 'ghtml';
import { Type } from 'typebox';
import { InvalidInput } from '../../platform/domain-error.ts';
import { BodyTooLarge } from '../../platform/http/errors/unreadable-request-errors.ts';
import { actionButton } from '../../platform/http/pages/elements.ts';
import type { PageImage } from '../../platform/http/pages/page-context.ts';
import { UPLOAD } from '../../platform/http/uploads.ts';
import { IMAGE_RULE } from '../../platform/image.ts';

const FIELD = 'image';

/** The body of an upload: see `uploads`. */
export const ImageUpload = Type.Object({ [FIELD]: Type.Optional(Type.Unknown()) });
export const IMAGE_FORM = { hide: true, body: ImageUpload };

export interface ImageForm {
  /** Unique on the page. */
  readonly id: string;
  readonly label: string;
  readonly hint: string;
  /** Where the upload is sent; `/remove` is added to remove the image. */
  readonly action: string;
  readonly shown: PageImage | undefined;
  /** Whether the image is for dark mode. */
  readonly dark?: boolean;
}

/** Shows an image, with forms to replace and to remove it. */
export function imageForm({ id, label, hint, action, shown, dark = false }: ImageForm): string {
  return html`<div class="card">
    <h3>${label}</h3>
    !${shown === undefined ? html`<p class="empty">No image.</p>` : html`<p class="${dark ? 'sample dark' : 'sample'}"><img src="${shown.url}" alt="" width="${String(shown.width)}" height="${String(shown.height)}"></p>`}
    <form method="post" action="${action}" enctype="${UPLOAD}">
      <div class="field">
        <label for="${id}">File of the image: ${label}</label>
        <p class="hint" id="${id}-hint">${hint} ${IMAGE_RULE}</p>
        <input id="${id}" name="${FIELD}" type="file" accept="image/png,image/webp,image/jpeg" required aria-describedby="${id}-hint">
      </div>
      <button type="submit" aria-label="Upload: ${label}">Upload</button>
    </form>
    !${shown === undefined ? '' : actionButton({ action: `${action}/remove`, text: 'Remove', label: `Remove: ${label}`, tone: 'danger' })}
  </div>`;
}

/** @throws InvalidInput */
export function uploadedImage(body: { readonly [FIELD]?: unknown }): Buffer {
  const image = body[FIELD];
  if (!Buffer.isBuffer(image) || image.length === 0) throw new InvalidInput(FIELD, 'Choose an image first.');
  return image;
}

/** The message of an error that an upload caused; undefined for another error. */
export function uploadProblem(error: Error): string | undefined {
  if (error instanceof BodyTooLarge) return 'The image must be at most 64 kB in size.';
  return error instanceof InvalidInput ? error.message : undefined;
}
