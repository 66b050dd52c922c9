import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
/** First byte of a sealed value, so that the format can change. */
const FORM = 1;
/** Bytes of the key's SHA-256 that identify the key; they reveal nothing about it. */
const KEY_ID_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + KEY_ID_BYTES;

/** A sealed value was changed, belongs to another owner, or was sealed with an unknown key. The message contains no secret. */
export class SealNotOpened extends Error {
  constructor(reason: string) {
    super(`cannot decrypt a secret: ${reason}`);
  }
}

/**
 * Encrypts secrets at rest with AES-256-GCM: form (1 byte), key id (4), nonce (12), ciphertext, tag (16). `owner` is what the
 * secret belongs to, such as the id of a webhook, so that a secret copied to another row cannot be opened.
 */
export interface SealedBox {
  seal(secret: string, owner: string): Buffer;
  /** @throws SealNotOpened */
  open(sealed: Buffer, owner: string): string;
}

/** @param keys 32 bytes each; the first seals, all open */
export function createSealedBox(keys: readonly Buffer[]): SealedBox {
  const [sealing] = keys;
  if (!sealing) throw new Error('a sealed box needs a key');
  const byId = new Map(keys.map((key) => [keyId(key).toString('hex'), key]));

  return {
    seal(secret, owner) {
      const nonce = randomBytes(NONCE_BYTES);
      const head = Buffer.concat([Buffer.of(FORM), keyId(sealing)]);
      const cipher = createCipheriv(CIPHER, sealing, nonce).setAAD(associated(head, owner));
      return Buffer.concat([head, nonce, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    },

    open(sealed, owner) {
      if (sealed.length < HEAD_BYTES + NONCE_BYTES + TAG_BYTES || sealed[0] !== FORM)
        throw new SealNotOpened('unknown format');
      const head = sealed.subarray(0, HEAD_BYTES);
      const key = byId.get(head.subarray(1).toString('hex'));
      if (!key) throw new SealNotOpened('it was encrypted with a key that is not in ENCRYPTION_KEY');
      const nonce = sealed.subarray(HEAD_BYTES, HEAD_BYTES + NONCE_BYTES);
      const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
        .setAAD(associated(head, owner))
        .setAuthTag(sealed.subarray(-TAG_BYTES));
      try {
        const secret = decipher.update(sealed.subarray(HEAD_BYTES + NONCE_BYTES, -TAG_BYTES));
        return Buffer.concat([secret, decipher.final()]).toString('utf8');
      } catch {
        throw new SealNotOpened('it was changed, or belongs to another owner');
      }
    },
  };
}

function keyId(key: Buffer): Buffer {
  return createHash('sha256').update(key).digest().subarray(0, KEY_ID_BYTES);
}

function associated(head: Buffer, owner: string): Buffer {
  return Buffer.concat([head, Buffer.from(owner, 'utf8')]);
}
