import { UserError } from '#core/errors.ts';

/** As many as a batch has pictures at most. */
const partsMax = 500;
const part = /^([1-9]\d{0,2})(?:[-–—~]([1-9]\d{0,2}))?$/;

/**
 * The numbers of pictures, such as `2,5,7` or `1-3`, each once and in order.
 * @throws {UserError} `option.numbers`
 */
export function readNumbers(value: string): number[] {
  const refused = () => new UserError('option.numbers', { value });
  const parts = value
    .replace(/\s*([-–—~])\s*/g, '$1')
    .split(/[\s,;、]+/)
    .filter((word) => word !== '');
  if (parts.length === 0 || parts.length > partsMax) throw refused();
  const numbers = parts.flatMap((word) => {
    const match = part.exec(word);
    const first = Number(match?.[1] ?? 0);
    const last = Number(match?.[2] ?? first);
    if (first === 0 || last < first) throw refused();
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
  return [...new Set(numbers)].sort((one, other) => one - other);
}
