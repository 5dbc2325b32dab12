import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ShownMessage } from '#bots/playground/outbound.ts';
import { inspectImage } from '#media/inspect-image.ts';
import { createI18n, type Key, type TextValue } from '#src/i18n.ts';
import { postJson, type RawAnswer, rawRequest } from '#tests/bots/playground/raw-request.ts';
import { createFakeProvider } from '#tests/fakes/provider.ts';
import { isDoneCard, isGallery, playgroundClient } from '#tests/playground-client.ts';
import { startTestApp, type TestApp } from '#tests/start-test-app.ts';

const i18n = createI18n();
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const json = { 'content-type': 'application/json' };
const provider = createFakeProvider({ gated: true });
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({}, { providers: [provider] });
});
afterAll(async () => app.stop());

describe('the documented way', () => {
  test('takes a message, shows it, its card and its gallery, oldest first', async () => {
    const posted = await postJson(app.url, 'messages', { text: '/imagine a red fox --n 2', user: 'ada' });
    expect(posted.status).toBe(202);
    expect(posted.json()).toEqual({ id: expect.stringMatching(uuid) });
    await provider.called(2);
    const [typed, card] = await documented('ada');
    expect(typed).toEqual({
      id: (posted.json() as { id: string }).id,
      author: 'ada',
      text: '/imagine a red fox --n 2',
      progress: null,
      images: [],
      actions: [],
      edits: 0,
    });
    expect(card).toMatchObject({ author: 'easel', progress: { done: 0, total: 2 } });
    expect(card?.text).toContain('a red fox');
    expect(card?.actions).toEqual([{ id: expect.stringMatching(/^cancel [0-9a-z]{6}$/), label: 'Cancel' }]);

    provider.finishAll();
    await playgroundClient(app.url, 'ada').waitFor(isGallery);
    await playgroundClient(app.url, 'ada').waitFor(isDoneCard);
    const [, done, gallery, ...more] = await documented('ada');
    expect(more).toEqual([]);
    const zip = { id: expect.stringMatching(/^zip [0-9a-z]{6}$/), label: 'All originals as a zip' };
    const again = { id: expect.stringMatching(/^rerun [0-9a-z]{6}$/), label: 'Run again' };
    expect(done).toMatchObject({ id: card?.id, progress: { done: 2, total: 2 }, actions: [zip, again] });
    expect(done?.edits).toBeGreaterThan(0);
    expect(gallery).toMatchObject({ author: 'easel', progress: null, actions: [] });
    expect(gallery?.images.map((image) => image.alt)).toEqual([
      'Picture 1 of 2: a red fox',
      'Picture 2 of 2: a red fox',
    ]);
    for (const { url } of gallery?.images ?? []) {
      const bytes = Buffer.from(await (await fetch(new URL(url, app.url))).arrayBuffer());
      expect((await inspectImage(bytes)).type).toBe('png');
    }
  });

  test('presses a button as if its command had been typed', async () => {
    const held = createFakeProvider({ gated: true });
    await using other = await startTestApp({}, { providers: [held] });
    const client = playgroundClient(other.url, 'ada');
    await client.say('/imagine a fox');
    const card = await client.waitFor((message) => message.actions.length > 0);
    const pressed = { messageId: card.id, actionId: card.actions[0]?.id, user: 'ada' };
    const answer = await postJson(other.url, 'actions', pressed);
    expect(answer.status).toBe(202);
    expect(answer.json()).toEqual({ id: expect.stringMatching(uuid) });
    const batch = card.actions[0]?.id.split(' ')[1] ?? '';
    const cancelled = await client.waitFor(({ id, tone }) => id === card.id && tone === 'warning');
    expect(cancelled.actions).toMatchObject([{ id: `rerun ${batch}` }]);
    const said = i18n.say({ key: 'commands.cancel.done', values: { count: 1, batch, credits: 1 } }, reader('en'));
    expect((await client.messages()).filter((message) => message.text === said)).toHaveLength(1);
  });

  test('keeps a private batch to its person, whose room this is too, until they share it', async () => {
    await using other = await startTestApp({}, { providers: [createFakeProvider()] });
    const [ada, bo] = [playgroundClient(other.url, 'ada'), playgroundClient(other.url, 'bo')];
    await ada.say('/imagine a secret fox --private --n 2');
    const gallery = await ada.waitFor(isGallery);
    const card = await ada.waitFor(({ actions }) => actions.some(({ id }) => id.startsWith('share ')));
    expect((await ada.messages()).map((message) => message.private)).toEqual([true, true, true]);
    expect(await bo.messages()).toEqual([]);
    const share = card.actions.find(({ id }) => id.startsWith('share '))?.id ?? '';
    await bo.say(`/${share}`);
    await bo.waitFor(({ tone }) => tone === 'error');
    await ada.press(card.id, share);
    const shared = await bo.waitFor(isGallery);
    expect(shared.id).not.toBe(gallery.id);
    expect(shared.lines).toEqual(['由 Ada 分享']);
    expect((await bo.messages()).filter((message) => !message.private)).toHaveLength(1);
  });

  test('fills the composer with a prompt that is to be edited', async () => {
    await using other = await startTestApp({}, { providers: [createFakeProvider()] });
    const client = playgroundClient(other.url, 'ada');
    await client.say('/imagine a red fox');
    const gallery = await client.waitFor(isGallery);
    await client.press(gallery.id, gallery.actions[0]?.id ?? '');
    const menu = await client.waitFor((message) => message.private && message.images.length === 1);
    const batch = gallery.actions[0]?.id.split(' ')[1];
    const pressed = { messageId: menu.id, actionId: `picture ${batch} 1 --edit prompt`, user: 'ada' };
    expect((await postJson(other.url, 'actions', pressed)).json()).toEqual({
      id: expect.stringMatching(uuid),
      draft: `/rerun ${batch} 1 --prompt "a red fox"`,
    });
  });

  test('shows the room to everyone in their language, and private messages to one', async () => {
    await playgroundClient(app.url, 'ada').say('/quota');
    const [ada, bo] = await Promise.all(['ada', 'bo'].map((user) => playgroundClient(app.url, user).messages()));
    expect(bo?.map(({ id }) => id)).toEqual(ada?.filter((message) => !message.private).map(({ id }) => id));
    expect(ada?.filter((message) => message.private).map(({ author }) => author)).toEqual(['ada', 'easel']);
    expect(ada?.find(isDoneCard)?.title).toBe('2 pictures ready');
    expect(bo?.find(isDoneCard)?.title).toBe('2 張圖片完成了');
    expect(bo?.find(isGallery)?.images[0]?.alt).toBe('第 1 張，共 2 張：a red fox');
  });

  test('lets a person change the language of all they read, and of nobody else', async () => {
    const bo = playgroundClient(app.url, 'bo');
    await bo.say('/language en');
    expect((await bo.messages()).find(isDoneCard)?.title).toBe('2 pictures ready');
    await playgroundClient(app.url, 'ada').say('/language zh-TW');
    expect((await playgroundClient(app.url, 'ada').messages()).find(isDoneCard)?.title).toBe('2 張圖片完成了');
    expect((await bo.messages()).find(isDoneCard)?.title).toBe('2 pictures ready');
    await bo.say('/language default');
    await playgroundClient(app.url, 'ada').say('/language default');
    expect((await bo.messages()).find(isDoneCard)?.title).toBe('2 張圖片完成了');
    expect((await playgroundClient(app.url, 'ada').messages()).find(isDoneCard)?.title).toBe('2 pictures ready');
  });
});

describe('what the interface refuses', () => {
  test.each([
    ['a list', () => rawRequest(app.url, '/playground/api/messages?user=eve')],
    ['no name', () => rawRequest(app.url, '/playground/api/messages')],
    ['two names', () => rawRequest(app.url, '/playground/api/messages?user=ada&user=bo')],
    ['a message', () => postJson(app.url, 'messages', { text: '/help', user: 'eve' })],
    ['an inherited name', () => postJson(app.url, 'messages', { text: '/help', user: 'toString' })],
    ['a button', () => postJson(app.url, 'actions', { messageId: randomUUID(), actionId: 'help', user: 'eve' })],
    ['live updates', () => rawRequest(app.url, '/playground/api/events?user=eve')],
    ['completion', () => rawRequest(app.url, '/playground/api/complete?user=eve&text=/')],
    ['the page’s words', () => rawRequest(app.url, '/playground/api/bootstrap?user=eve')],
  ])('answers 404 to an unknown user: %s', async (_, ask) => {
    expectRefusal(await ask(), 404, 'unknownUser');
  });

  test.each([
    ['a body that is no JSON', () => post('{"text":', json), {}],
    ['no body', () => post('', json), {}],
    ['a list', () => post('[]', json), {}],
    ['null', () => post('null', json), {}],
    ['a text that is a number', () => postJson(app.url, 'messages', { text: 1, user: 'ada' }), {}],
    ['a message without user', () => postJson(app.url, 'messages', { text: '/help' }), {}],
    ['a file that is no base64', () => postFiles([{ name: 'a', type: 'b', base64: '?' }]), {}],
    ['a prototype to pollute', () => post('{"text":"/help","user":"ada","__proto__":{"a":1}}', json), {}],
    ['a button of no message', () => postJson(app.url, 'actions', { messageId: 1, actionId: 'a', user: 'ada' }), {}],
  ])('answers 400 to %s', async (_, ask) => {
    expectRefusal(await ask(), 400, 'malformed');
  });

  test.each([
    ['plain text', { 'content-type': 'text/plain' }],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['several parts', { 'content-type': 'multipart/form-data; boundary=x' }],
    ['nothing named', {}],
  ])('answers 415 to %s', async (_, headers) => {
    const before = await rows();
    expectRefusal(await post('{"text":"/help","user":"ada"}', headers), 415, 'notJson');
    expect(await rows()).toEqual(before);
  });

  test('answers 413 to a body over the limit, and to files over 20 MB together', async () => {
    const claimed = await post('{}', { ...json, 'content-length': String(100 * 1024 * 1024) });
    expectRefusal(claimed, 413, 'tooLarge', { max: 20 });
    const base64 = Buffer.alloc(10 * 1024 * 1024 + 3).toString('base64');
    const files = ['a.png', 'b.png'].map((name) => ({ name, type: 'image/png', base64 }));
    const before = await rows();
    expectRefusal(await postFiles(files), 413, 'tooLarge', { max: 20 });
    expect(await rows()).toEqual(before);
  });

  test('answers 404 to a button of a message that is not there or is private to someone else', async () => {
    await playgroundClient(app.url, 'ada').say('/quota');
    const secret = (await playgroundClient(app.url, 'ada').messages()).findLast(
      (message) => message.author === 'easel',
    );
    const before = await rows();
    for (const messageId of [randomUUID(), secret?.id]) {
      const answer = await postJson(app.url, 'actions', { messageId, actionId: 'help', user: 'bo' });
      expectRefusal(answer, 404, 'unknownMessage', {}, 'zh-TW');
    }
    expect(await rows()).toEqual(before);
  });

  test('answers 503 while Easel starts or stops, and does not show as said what nobody took', async () => {
    await using idle = await startTestApp({ EASEL_RUN: 'http' });
    await idle.deps.platforms.get('playground')?.stop();
    expectRefusal(await postJson(idle.url, 'messages', { text: '/help', user: 'ada' }), 503, 'notStarted', {});
    expectRefusal(await rawRequest(idle.url, '/playground/api/messages?user=bo'), 503, 'notStarted', {}, 'zh-TW');
    const [said] = await idle.sql`select count(*)::int as count from playground_messages`;
    expect(said?.count).toBe(0);
  });

  test('answers 404 to an address where nothing is', async () => {
    expectRefusal(await rawRequest(app.url, '/playground/api/nothing'), 404, 'notFound');
    expectRefusal(await rawRequest(app.url, '/nothing'), 404, 'notFound');
  });

  test('says why in the language of the person, or of the browser where no person is known', async () => {
    const taipei = { 'accept-language': 'zh-TW,zh;q=0.9,en;q=0.8' };
    expectRefusal(
      await postJson(app.url, 'messages', { text: '/help', user: 'eve' }, taipei),
      404,
      'unknownUser',
      { user: 'eve' },
      'zh-TW',
    );
    expectRefusal(await post('{}', { ...taipei, 'content-type': 'text/plain' }), 415, 'notJson', {}, 'zh-TW');
    expectRefusal(await rawRequest(app.url, '/playground/files/a/b?user=bo'), 404, 'notFound', {}, 'zh-TW');
    const malformed = await postJson(app.url, 'messages', { text: 1, user: 'bo' });
    expectRefusal(malformed, 400, 'malformed');
    const [before = ''] = i18n
      .say({ key: 'errors.http.malformed', values: { detail: '|' } }, reader('zh-TW'))
      .split('|');
    expect((malformed.json() as { error: { message: string } }).error.message).toContain(before);
  });
});

function post(body: string, headers: Record<string, string>): Promise<RawAnswer> {
  return rawRequest(app.url, '/playground/api/messages', { method: 'POST', headers, body });
}

function postFiles(attachments: { name: string; type: string; base64: string }[]): Promise<RawAnswer> {
  return postJson(app.url, 'messages', { text: '/imagine a fox', user: 'ada', attachments });
}

/** With `values` or a language given, the sentence is compared too. */
function expectRefusal(
  answer: RawAnswer,
  status: number,
  code: string,
  values?: Record<string, TextValue>,
  locale = 'en',
): void {
  expect(answer.status).toBe(status);
  expect(answer.headers['content-type']).toContain('application/json');
  expect(answer.json()).toEqual({ error: { code, message: expect.any(String) } });
  const { message } = (answer.json() as { error: { message: string } }).error;
  expect(message).not.toMatch(/\{\{|errors\.|^$/);
  if (values) expect(message).toBe(i18n.say({ key: `errors.http.${code}` as Key, values }, reader(locale)));
}

function reader(locale: string) {
  return { locale, timeZone: 'UTC' };
}

async function rows() {
  const [counts] = await app.sql`
    select (select count(*) from playground_messages) as messages, (select count(*) from calls) as calls`;
  return counts;
}

/** What the interface documents of each message. */
async function documented(user: string) {
  const messages: ShownMessage[] = await playgroundClient(app.url, user).messages();
  return messages.map(({ id, author, text, progress, images, actions, edits }) => ({
    id,
    author,
    text,
    progress,
    images: images.map(({ url, alt }) => ({ url, alt })),
    actions: actions.map((action) => ({ id: action.id, label: action.label })),
    edits,
  }));
}

test('what the managers are asked is shown to them alone', async () => {
  const [ada, bo] = [playgroundClient(app.url, 'ada'), playgroundClient(app.url, 'bo')];
  const offers = (act: RegExp) => (message: ShownMessage) => message.actions.some(({ id }) => act.test(id));
  await ada.say('/admin words add gryphon');
  await bo.say('/imagine a gryphon');
  const refused = await bo.waitFor(offers(/^draft \w+ ask$/));
  await bo.press(refused.id, refused.actions[0]?.id ?? '');
  const asked = await ada.waitFor(offers(/^admin approve /));
  expect(asked.text).toContain('a gryphon');
  for (const other of ['bo', 'cy']) {
    const seen = await playgroundClient(app.url, other).messages();
    expect(seen.filter(offers(/^admin approve /))).toEqual([]);
  }
  await ada.say('/admin words remove gryphon');
});
