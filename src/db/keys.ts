import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';

const algorithm = 'aes-256-gcm';
const keyBytes = 32;
/** What the mode is made for: NIST SP 800-38D, 8.2. */
const ivBytes = 12;
const tagBytes = 16;
const keyIdPattern = /^[A-Za-z0-9_-]{1,32}$/;

/** Encrypts what is stored and secret. It prints nothing of its keys. */
export interface Keys {
  /** The key that new secrets are written with. */
  readonly newest: string;
  /** `about` says what it is and whose: opened as anything else, it does not open. */
  seal(secret: string, about: string): string;
  /** @throws {SealError} where the key is missing, the text was changed, or it is about something else. */
  open(sealed: string, about: string): string;
}

/** A stored secret that does not open; holds neither it nor the key. */
export class SealError extends Error {
  /** The id of the key that is missing; undefined where the key is there. */
  readonly missingKey: string | undefined;

  constructor(message: string, missingKey?: string) {
    super(message);
    this.name = 'SealError';
    this.missingKey = missingKey;
  }
}

/** The id of the key that a secret was sealed with. */
export function keyIdOf(sealed: string): string {
  return sealed.slice(0, sealed.indexOf(':'));
}

/**
 * Reads `EASEL_KEYS`: a list of `id:key` with commas between, each key 32 bytes in base64. The first one writes, all read.
 * The result is a sentence where that is not right; it quotes no key.
 */
export function readKeys(list: string): Keys | { problem: string } {
  const keys = new Map<string, KeyObject>();
  for (const [index, entry] of list.split(',').entries()) {
    const [id = '', text = '', ...rest] = entry.trim().split(':');
    const bytes = Buffer.from(text, 'base64');
    if (!keyIdPattern.test(id) || rest.length > 0)
      return { problem: `entry ${index + 1} must be an id of letters and digits, a colon, and a key` };
    if (bytes.length !== keyBytes || bytes.toString('base64').replace(/=+$/, '') !== text.replace(/=+$/, ''))
      return {
        problem: `the key ${id} must be ${keyBytes} bytes in base64, as openssl rand -base64 ${keyBytes} prints`,
      };
    if (keys.has(id)) return { problem: `the id ${id} is there twice` };
    keys.set(id, createSecretKey(bytes));
  }
  return createKeys(keys);
}

function createKeys(keys: ReadonlyMap<string, KeyObject>): Keys {
  const [newest] = [...keys.keys()];
  if (newest === undefined) throw new Error('there is no key');
  /** The key's own id is bound as well. */
  const bound = (id: string, about: string) => Buffer.from(`${id}\0${about}`);
  const keyOf = (id: string) => {
    const key = keys.get(id);
    if (!key) throw new SealError(`EASEL_KEYS has no key ${JSON.stringify(id.slice(0, 32))}`, id);
    return key;
  };
  return {
    newest,
    seal(secret, about) {
      const iv = randomBytes(ivBytes);
      const cipher = createCipheriv(algorithm, keyOf(newest), iv, { authTagLength: tagBytes });
      cipher.setAAD(bound(newest, about));
      const sealed = Buffer.concat([iv, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return `${newest}:${sealed.toString('base64')}`;
    },
    open(text, about) {
      const id = keyIdOf(text);
      const key = keyOf(id);
      const sealed = Buffer.from(text.slice(id.length + 1), 'base64');
      if (sealed.length < ivBytes + tagBytes) throw new SealError('a stored secret is damaged');
      const decipher = createDecipheriv(algorithm, key, sealed.subarray(0, ivBytes), { authTagLength: tagBytes });
      decipher.setAAD(bound(id, about));
      decipher.setAuthTag(sealed.subarray(-tagBytes));
      try {
        const secret = decipher.update(sealed.subarray(ivBytes, -tagBytes));
        return Buffer.concat([secret, decipher.final()]).toString('utf8');
      } catch {
        throw new SealError('a stored secret does not open: it was changed, or belongs to something else');
      }
    },
  };
}
