import { randomInt } from 'node:crypto';

/** Crockford's base32, in lower case: no i, l, o, u. */
export const batchIdAlphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** Six random characters that people can read out and type: one of about a thousand million. */
export function newBatchId(): string {
  return Array.from({ length: 6 }, () => batchIdAlphabet[randomInt(batchIdAlphabet.length)]).join('');
}

/** What a person typed as an id, in its one form: o is 0, i and l are 1, case and a leading # do not matter. */
export function readBatchId(typed: string): string {
  return typed.trim().replace(/^#/, '').toLowerCase().replaceAll('o', '0').replace(/[il]/g, '1');
}

/** Whether it has the shape of a batch id, as typed. */
export function isBatchId(typed: string): boolean {
  const id = readBatchId(typed);
  return id.length === 6 && [...id].every((character) => batchIdAlphabet.includes(character));
}
