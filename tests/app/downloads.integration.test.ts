import { expect, test } from 'vitest';
import { createFakeProvider } from '#tests/fakes/provider.ts';
import { isGallery, playgroundClient } from '#tests/playground-client.ts';
import { readZip } from '#tests/read-zip.ts';
import { startTestApp, type TestApp } from '#tests/start-test-app.ts';

/** The link that the button of a finished card answers with. */
async function askForLink(app: TestApp): Promise<string> {
  const ada = playgroundClient(app.url, 'ada');
  await ada.say('/imagine a fox --n 2');
  await ada.waitFor(isGallery);
  const isZip = ({ id }: { id: string }) => id.startsWith('zip ');
  const card = await ada.waitFor(({ actions }) => actions.some(isZip));
  await ada.press(card.id, card.actions.find(isZip)?.id ?? '');
  const answer = await ada.waitFor(({ links }) => links.length > 0);
  expect(answer.private).toBe(true);
  return answer.links[0] ?? '';
}

test('a link is to the server itself where only this machine reaches it, and opens there', async () => {
  await using app = await startTestApp({}, { providers: [createFakeProvider()] });
  const link = await askForLink(app);
  expect(link.startsWith(`${app.url}/files/`)).toBe(true);
  const answer = await fetch(link);
  expect(answer.status).toBe(200);
  expect(await readZip(Buffer.from(await answer.arrayBuffer()))).toHaveLength(3);
  const ada = playgroundClient(app.url, 'ada');
  const batch = link.split('/').at(-1)?.replace('.zip', '');
  await ada.say(`/zip ${batch} --links off`);
  await expect.poll(async () => (await fetch(link)).status).toBe(404);
});

test('a link is to PUBLIC_URL where it is set, and a slash at its end changes nothing', async () => {
  const env = { PUBLIC_URL: 'http://localhost:1/easel/', PLAYGROUND: 'on', PLAYGROUND_PASSWORD: 'secret' };
  await using app = await startTestApp(env, { providers: [createFakeProvider()] });
  expect(app.deps.publicAddress('anywhere')).toBe('http://localhost:1/easel');
});

test('there is no link where nobody said how this server is reached', async () => {
  const env = { HOST: '0.0.0.0', PLAYGROUND: 'on', PLAYGROUND_PASSWORD: 'secret' };
  await using open = await startTestApp(env, { providers: [createFakeProvider()] });
  expect(open.deps.publicAddress('playground')).toBeUndefined();
  await using closed = await startTestApp({}, { providers: [createFakeProvider()] });
  expect(closed.deps.publicAddress('playground')).toBe(closed.url);
  expect(closed.deps.publicAddress('elsewhere')).toBeUndefined();
});

test('links open only where the part http runs', async () => {
  await using app = await startTestApp({ EASEL_RUN: 'bots,worker' }, { providers: [createFakeProvider()] });
  const answer = await fetch(`${app.url}/files/${'0'.repeat(64)}/k7m2q4.zip`);
  expect([answer.status, answer.headers.get('x-robots-tag')]).toEqual([404, null]);
});
