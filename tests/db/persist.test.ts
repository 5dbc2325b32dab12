import { expect, it } from 'vitest';
import { persist } from '#db/persist.ts';

const failure = (code: string) => Object.assign(new Error(code), { code });

/** Fails as often as there are errors, then writes. */
function writing(...errors: Error[]) {
  let tries = 0;
  const write = async () => {
    tries += 1;
    const error = errors.shift();
    if (error) throw error;
    return tries;
  };
  return { write, tries: () => tries };
}

it('is repeated while the database is away, however that shows', async () => {
  const away = [
    failure('ECONNREFUSED'),
    failure('57P01'),
    new Error('Failed query', { cause: failure('CONNECTION_CLOSED') }),
  ];
  expect(await persist(writing(...away).write)).toBe(4);
});

it('is not repeated when the database refuses it', async () => {
  const { write, tries } = writing(failure('23505'));
  await expect(persist(write)).rejects.toThrow('23505');
  expect(tries()).toBe(1);
});

it('is not repeated after a bug', async () => {
  const { write, tries } = writing(new TypeError('a bug'));
  await expect(persist(write)).rejects.toThrow('a bug');
  expect(tries()).toBe(1);
});
