/** A repeatable source of chance. The same key gives the same numbers on every machine. */
export type Random = {
  between(min: number, max: number): number;
  integer(min: number, max: number): number;
  chance(part: number): boolean;
  pick<T>(items: readonly [T, ...T[]]): T;
};

/** sfc32 seeded by FNV-1a hashes of the key: small, quick, and more even than a plain congruential generator. */
export function createRandom(key: string): Random {
  let [a, b, c, d] = [hash(key, 1), hash(key, 2), hash(key, 3), 1];
  const next = (): number => {
    const sum = (a + b + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let round = 0; round < 12; round++) next();
  const integer = (min: number, max: number) => min + Math.floor(next() * (max - min + 1));
  return {
    between: (min, max) => min + next() * (max - min),
    integer,
    chance: (part) => next() < part,
    pick: (items) => items[integer(0, items.length - 1)] ?? items[0],
  };
}

function hash(key: string, salt: number): number {
  let value = 0x811c9dc5 ^ Math.imul(salt, 0x9e3779b1);
  for (let index = 0; index < key.length; index++) value = Math.imul(value ^ key.charCodeAt(index), 0x01000193);
  return value | 0;
}
