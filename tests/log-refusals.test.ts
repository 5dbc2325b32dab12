import { expect, it } from 'vitest';
import { download } from '#src/download.ts';
import { logRefusals } from '#src/log-refusals.ts';
import { post } from '#src/post.ts';
import { createBotDeps } from '#tests/bots/bot-deps.ts';

const signal = new AbortController().signal;

it('tells of an address that is not fetched, by its host alone', async () => {
  const { deps, logs } = createBotDeps();
  const [get, send] = [logRefusals(download, deps.log), logRefusals(post, deps.log)];
  const url = 'https://169.254.169.254/latest/secret?token=hidden';
  await expect(get(url, { trustedOrigin: undefined, signal })).rejects.toMatchObject({ refusal: 'address' });
  const body = new Uint8Array(1);
  await expect(send(url, { trustedOrigin: undefined, signal, type: 'a/b', body })).rejects.toMatchObject({
    refusal: 'address',
  });
  expect(logs.map(({ values }) => values)).toEqual(
    Array(2).fill({ event: 'fetch_refused', reason: '169.254.169.254 is not a public address' }),
  );
});
