import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Keys, keyIdOf, readKeys, SealError } from '#db/keys.ts';

const [first, second] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')];

function keysOf(list: string): Keys {
  const keys = readKeys(list);
  if ('problem' in keys) throw new Error(keys.problem);
  return keys;
}

describe('a sealed secret', () => {
  const keys = keysOf(`a:${first}`);
  const sealed = keys.seal('xoxb-1-geheim-密', 'tokens of one');

  it('opens as what it is, and shows nothing of itself', () => {
    expect(keys.open(sealed, 'tokens of one')).toBe('xoxb-1-geheim-密');
    expect(sealed).toMatch(/^a:[A-Za-z0-9+/=]+$/);
    expect(Buffer.from(sealed, 'base64').toString('latin1')).not.toContain('xoxb');
  });

  it('is never the same twice', () => {
    const all = Array.from({ length: 100 }, () => keys.seal('same', 'same'));
    expect(new Set(all).size).toBe(100);
  });

  it('does not open as another workspace’s', () => {
    expect(() => keys.open(sealed, 'tokens of two')).toThrow(SealError);
  });

  it('does not open with another key of the same name', () => {
    expect(() => keysOf(`a:${second}`).open(sealed, 'tokens of one')).toThrow(SealError);
  });

  it('does not open under the id of another key, though the key is the same', () => {
    const renamed = keysOf(`a:${second},b:${first}`);
    expect(() => renamed.open(sealed.replace('a:', 'b:'), 'tokens of one')).toThrow(SealError);
  });

  it('does not open with any bit changed', () => {
    const bytes = Buffer.from(sealed.slice(2), 'base64');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => keys.open(`a:${changed.toString('base64')}`, 'tokens of one')).toThrow(SealError);
    }
  });

  it('does not open when it is cut off anywhere', () => {
    for (let length = 0; length < sealed.length - 2; length += 1)
      expect(() => keys.open(sealed.slice(0, length), 'tokens of one')).toThrow(SealError);
  });

  it('names the key it needs where that is gone, and not the secret', () => {
    const error = (() => {
      try {
        return keysOf(`b:${second}`).open(sealed, 'tokens of one');
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toMatchObject({ missingKey: 'a' });
  });

  it('is written with the first key and read with any', () => {
    const rotated = keysOf(`b:${second}, a:${first}`);
    expect(keyIdOf(rotated.seal('x', 'y'))).toBe('b');
    expect(rotated.open(sealed, 'tokens of one')).toBe('xoxb-1-geheim-密');
  });
});

describe('EASEL_KEYS', () => {
  it.each([
    ['nothing', ''],
    ['no id', first],
    ['an empty id', `:${first}`],
    ['an id with a space', `a b:${first}`],
    ['a short key', 'a:c2hvcnQ='],
    ['a key of 31 bytes', `a:${randomBytes(31).toString('base64')}`],
    ['a key of 33 bytes', `a:${randomBytes(33).toString('base64')}`],
    ['a key in hexadecimal', `a:${randomBytes(32).toString('hex')}`],
    ['one id twice', `a:${first},a:${second}`],
    ['a comma at the end', `a:${first},`],
    ['something behind the key', `a:${first}:x`],
  ])('is refused with %s, and quotes no key', (_name, list) => {
    const keys = readKeys(list);
    expect(keys).toEqual({ problem: expect.any(String) });
    for (const key of [first, second]) expect(JSON.stringify(keys)).not.toContain(key.slice(0, 8));
  });

  it('shows no key when it is printed', () => {
    expect(JSON.stringify(keysOf(`a:${first}`))).toBe('{"newest":"a"}');
  });
});
