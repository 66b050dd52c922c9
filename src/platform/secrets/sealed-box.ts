import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
/** What a sealed value begins with, so that another form can be told from this one. */
const FORM = 1;
/** Bytes of the key's SHA-256 that say which key sealed; of use only to who has the keys. */
const KEY_ID_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + KEY_ID_BYTES;

/** A sealed value was tampered with, belongs elsewhere, or was sealed with a key that is not in use here. Holds neither. */
export class SealNotOpened extends Error {
  constructor(why: string) {
    super(`a sealed secret cannot be opened: ${why}`);
  }
}

/**
 * Keeps secrets at rest: AES-256-GCM, as form (1 byte), key id (4), nonce (12), ciphertext, tag (16).
 * `owner` is what the secret belongs to, such as a webhook's id: copied to another row it does not open.
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
        throw new SealNotOpened('it is not of the form that this server writes');
      const head = sealed.subarray(0, HEAD_BYTES);
      const key = byId.get(head.subarray(1).toString('hex'));
      if (!key) throw new SealNotOpened('none of the keys in ENCRYPTION_KEY sealed it');
      const nonce = sealed.subarray(HEAD_BYTES, HEAD_BYTES + NONCE_BYTES);
      const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
        .setAAD(associated(head, owner))
        .setAuthTag(sealed.subarray(-TAG_BYTES));
      try {
        const secret = decipher.update(sealed.subarray(HEAD_BYTES + NONCE_BYTES, -TAG_BYTES));
        return Buffer.concat([secret, decipher.final()]).toString('utf8');
      } catch {
        throw new SealNotOpened('it was changed, or belongs to something else');
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
