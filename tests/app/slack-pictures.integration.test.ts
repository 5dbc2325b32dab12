import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { patiently } from '#tests/app/service.ts';
import { i18n } from '#tests/bots/bot-deps.ts';
import { waitUntil } from '#tests/bots/wait-until.ts';
import { createFakeProvider } from '#tests/fakes/provider.ts';
import { findFreePort } from '#tests/find-free-port.ts';
import { fourColors } from '#tests/media/pictures.ts';
import { startSlackServer } from '#tests/servers/slack.ts';
import type { SeenMessage } from '#tests/servers/slack-view.ts';
import { startTestApp } from '#tests/start-test-app.ts';

type Locale = 'en' | 'zh-TW';

/** The whole service with a person in a channel of its own for each test. */
async function startSlack(mode: 'http' | 'socket') {
  const server = await startSlackServer();
  const team = server.addTeam('Atelier');
  const port = await findFreePort();
  const way = mode === 'http' ? { SLACK_SIGNING_SECRET: server.signingSecret } : { SLACK_APP_TOKEN: server.appToken };
  const env = { PORT: String(port), SLACK_BOT_TOKEN: team.botToken, SLACK_API_URL: server.url, ...way };
  const app = await startTestApp(env, { providers: [createFakeProvider({ concurrency: 8 })] });
  if (mode === 'http') server.deliverTo(`http://127.0.0.1:${port}/slack/events`);
  else await waitUntil(() => server.socket.connections > 0, 'connected');

  function enter(name: string, locale: Locale = 'en') {
    const user = team.addUser(name, { locale: locale === 'en' ? 'en-US' : locale });
    const channel = team.addChannel(`studio-of-${name}`);
    const seen = () => server.seen(channel.id, user.id).filter(({ fromBot }) => fromBot);
    const names = () => seen().map(({ images }) => images.map(({ name: file }) => file));
    const untilSaid = async (key: Parameters<typeof i18n.say>[0]) => {
      const words = i18n.say(key, { locale, timeZone: 'UTC' });
      await expect.poll(() => seen().some(({ text }) => text.includes(words)), patiently).toBe(true);
    };
    /** On a busy machine the three seconds that a form may take pass, and a person tries again. */
    const formOn = async (message: SeenMessage) => {
      while (user.views().length === 0) {
        await user.shortcut('imagine', message).catch(() => undefined);
        await waitUntil(() => user.views().length > 0, 'the form is open', 5_000).catch(() => undefined);
      }
      const [view] = user.views();
      if (!view) throw new Error('there is no form');
      return view;
    };
    const submit = async (view: Awaited<ReturnType<typeof formOn>>, values: object) =>
      expect(await user.submitView(view, { ...values })).not.toHaveProperty('errors');
    /** Sends the form on a message, and is told why not: in the form, or when that took too long, below it. */
    const refused = async (
      message: SeenMessage,
      key: Parameters<typeof i18n.say>[0],
      { values = {}, meanwhile = () => undefined }: { values?: object; meanwhile?: () => void } = {},
    ) => {
      const view = await formOn(message);
      meanwhile();
      const { errors } = await user.submitView(view, { ...values });
      if (!errors) return untilSaid(key);
      expect(errors).toEqual({ prompt: i18n.say(key, { locale, timeZone: 'UTC' }) });
      await user.closeView(view);
    };
    /** Makes pictures; resolves to their batch and to the messages that show them. */
    const make = async (line: string, pictures: number) => {
      await user.command(channel, '/imagine', `${line} --draft off`);
      await expect.poll(() => names().flat().length, patiently).toBe(pictures);
      await untilSaid({ key: 'card.done', values: { count: pictures > 10 ? pictures - 1 : pictures } });
      const [batch] = await app.sql`select id from batches order by created_at desc limit 1`;
      return { batch: String(batch?.id), galleries: seen().filter(({ images }) => images.length > 0) };
    };
    return { user, channel, seen, names, untilSaid, formOn, submit, refused, make };
  }

  const newest = async () => {
    const [row] = await app.sql`select id, prompt, inputs from batches order by created_at desc limit 1`;
    return { id: row?.id, prompt: row?.prompt, blobs: row?.inputs.map(({ blob }: { blob: string }) => blob) };
  };
  const originals = async (batch: string) =>
    (await app.sql`select original from images where batch_id = ${batch} order by number`).map(
      ({ original }) => original,
    );
  return {
    ...{ app, server, team, enter, newest, originals },
    async [Symbol.asyncDispose]() {
      await app.stop();
      await server[Symbol.asyncDispose]();
    },
  };
}

describe.each([
  ['http', 'en'],
  ['socket', 'zh-TW'],
] as const)('pictures in Slack (%s, %s)', (mode, locale) => {
  let slack: Awaited<ReturnType<typeof startSlack>>;
  beforeAll(async () => {
    slack = await startSlack(mode);
  });
  afterAll(async () => {
    expect(slack.server.violations).toEqual([]);
    await slack[Symbol.asyncDispose]();
  });

  it('of a gallery are started from by the shortcut, as they are stored, and the card says which', {
    timeout: 200_000,
  }, async () => {
    const { make, formOn, submit, untilSaid } = slack.enter('ada', locale);
    const { batch, galleries } = await make('a fox --n 3', 3);
    const [gallery] = galleries;
    if (!gallery) throw new Error('there is no gallery');
    await submit(await formOn(gallery), { prompt: 'a fox at night', shown: [`${batch}-2.png`] });
    await untilSaid({ key: 'card.origin', values: { batch, numbers: { list: [2] } } });
    const made = await slack.newest();
    const [first, second] = await slack.originals(batch);
    expect(made).toMatchObject({ prompt: 'a fox at night', blobs: [second] });
    await submit(await formOn(gallery), { prompt: 'both', shown: [`${batch}-1.png`, `${batch}-2.png`] });
    await expect.poll(async () => (await slack.newest()).prompt, patiently).toBe('both');
    expect((await slack.newest()).blobs).toEqual([first, second]);
  });

  it('that a person posted are started from by the shortcut, and what cannot be is said in the form', {
    timeout: 200_000,
  }, async () => {
    const { user, channel, formOn, submit, refused } = slack.enter('bo', locale);
    const bytes = await fourColors(32, 32).png().toBuffer();
    const { message } = await user.write(channel, 'like this', { files: [{ name: 'a.png', bytes }] });
    await submit(await formOn(message), {});
    await expect.poll(async () => (await slack.newest()).blobs?.length, patiently).toBe(1);

    const count = (await slack.app.sql`select 1 from batches`).length;
    const broken = { name: 'b.png', bytes: Buffer.from('\x89PNG\r\n\x1a\nno picture', 'latin1') };
    const { message: bad } = await user.write(channel, 'x', { files: [broken] });
    await refused(bad, { key: 'errors.attachment.damaged', values: { name: 'b.png' } });
    await refused(
      bad,
      { key: 'errors.attachment.unreachable', values: { name: 'b.png' } },
      { meanwhile: () => user.removeFile(bad, 'b.png') },
    );
    const files = [1, 2, 3].map((number) => ({ name: `${number}.png`, bytes }));
    const { message: many } = await user.write(channel, 'x', { files });
    const more = [...files, ...files].slice(0, 4);
    await refused(
      many,
      { key: 'errors.attachment.tooMany', values: { count: 7, max: 4 } },
      { values: { files: more } },
    );
    expect(await slack.app.sql`select 1 from batches`).toHaveLength(count);
  });

  it('are varied by a mention in the thread below their card', { timeout: 200_000 }, async () => {
    const { user, channel, make, untilSaid } = slack.enter('cy', locale);
    const { batch, galleries } = await make('a fox --n 3', 3);
    const thread = galleries[0]?.thread;
    if (thread === undefined) throw new Error('the gallery is in no thread');
    await user.write(channel, 'vary 2', { mention: true, thread });
    await untilSaid({ key: 'card.origin', values: { batch, numbers: { list: [2] } } });
    expect((await slack.newest()).blobs).toEqual([(await slack.originals(batch))[1]]);
  });

  it('that were deleted are on no contact sheet, and the one drawn anew is in the thread once', {
    timeout: 200_000,
  }, async () => {
    const { user, channel, make, seen, names } = slack.enter('di', locale);
    const { batch, galleries } = await make('a fox --n 12', 13);
    const thread = galleries[0]?.thread;
    const sheets = () =>
      seen().flatMap(({ images, thread: where }) =>
        images.filter(({ name }) => name.includes('sheet')).map(({ name, bytes }) => ({ name, bytes, where })),
      );
    const [before] = sheets();
    expect(before?.name).toBe(`${batch}-sheet-1.jpg`);
    const erase = async (numbers: string) => {
      const [old] = sheets();
      await user.command(channel, '/delete', `${batch} ${numbers} --sure on`);
      await expect.poll(() => sheets().filter(({ name }) => name !== old?.name).length, patiently).toBe(1);
      await expect
        .poll(async () => (await slack.app.sql`select 1 from postings where wanted > shown`).length, patiently)
        .toBe(0);
    };
    await erase('2');
    await erase('5,11');
    expect(sheets()).toMatchObject([
      { name: expect.stringMatching(`^${batch}-sheet-1-[0-9a-f]{8}\\.jpg$`), where: thread },
    ]);
    expect(Buffer.from(sheets()[0]?.bytes ?? []).equals(Buffer.from(before?.bytes ?? []))).toBe(false);
    expect(names().flat()).toHaveLength(10);
    await user.command(channel, '/delete', `${batch} --sure on`);
    await expect.poll(() => names().flat(), patiently).toEqual([]);
    await expect
      .poll(async () => (await slack.app.sql`select 1 from postings where wanted > shown`).length, patiently)
      .toBe(0);
    expect(names().flat()).toEqual([]);
  });
});
