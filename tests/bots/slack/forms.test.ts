import { describe, expect, it } from 'vitest';
import { limits } from '#bots/slack/limits.ts';
import { i18n } from '#tests/bots/bot-deps.ts';
import { asking, replying, saying, titled } from '#tests/bots/outgoing.ts';
import { open as openScene } from '#tests/bots/slack/scene.ts';
import type { SlackMode } from '#tests/bots/slack/start-slack.ts';
import { waitUntil } from '#tests/bots/wait-until.ts';
import { fourColors } from '#tests/media/pictures.ts';
import type { View } from '#tests/servers/slack-world.ts';

const offered: Record<string, string[]> = { ar: ['1:1', '16:9'], model: ['sketch', 'gpt-image-2'] };

async function open(mode: SlackMode = 'http') {
  const slack = await openScene(mode);
  const { core, user } = slack;
  core.complete = async (_sender, text) =>
    (offered[/--(\w+) $/.exec(text)?.[1] ?? ''] ?? []).map((value) => ({ value, label: value }));
  async function formOf(act: () => Promise<unknown>) {
    await act();
    await waitUntil(() => user.views().length > 0, 'the form is open');
    const [view] = user.views();
    if (!view) throw new Error('there is no form');
    return view;
  }
  return { ...slack, formOf };
}

const refusal = { audience: 'private', tone: 'error' } as const;

it.each(['http', 'socket'] as const)('a command without words opens a form, which makes a batch (%s)', async (mode) => {
  const { core, user, channel, seen, formOf, bot } = await open(mode);
  const view = await formOf(() => user.command(channel, '/imagine'));
  expect(core.calls).toEqual([]);
  core.next(saying('a card', {}, '7'));
  const picture = await fourColors(8, 8).png().toBuffer();
  const values = {
    prompt: 'a fox\na hen',
    n: '4',
    ar: '16:9',
    model: 'sketch',
    files: [{ name: 'a.png', bytes: picture }],
  };
  await user.submitView(view, values);
  await bot.settled();
  expect(user.views()).toEqual([]);
  expect(core.calls).toMatchObject([
    {
      text: '/imagine a fox\na hen\n--n 4 --ar 16:9 --model sketch',
      conversation: { channel: channel.id },
      files: [{ name: 'a.png', type: 'image/png', bytes: picture.length }],
    },
  ]);
  expect(seen()).toMatchObject([{ text: 'a card' }]);
  const [file] = core.calls[0]?.files ?? [];
  if (!file) throw new Error('there is no file');
  const opened = await bot.platform.open(file, { signal: new AbortController().signal });
  expect(Buffer.from(await new Response(opened).arrayBuffer()).equals(picture)).toBe(true);
});

it('speaks the language of the person', async () => {
  const { user, channel, formOf } = await open();
  await user.change({ locale: 'zh-TW' });
  const view = await formOf(() => user.command(channel, '/imagine'));
  const title = i18n.say({ key: 'slack.form.title' }, { locale: 'zh-TW', timeZone: 'UTC' });
  expect(view).toMatchObject({ title: { text: title } });
});

it('stays open with what was typed in it when that is refused, and can be sent again', async () => {
  const { core, user, channel, seen, formOf, bot } = await open();
  const view = await formOf(() => user.command(channel, '/imagine'));
  core.next(saying('too <long>', refusal), saying('a card', {}, '7'));
  const first = await user.submitView(view, { prompt: 'x' });
  expect(first.errors).toEqual({ prompt: 'too <long>' });
  expect(user.views()).toHaveLength(1);
  const second = await user.submitView(view, { prompt: 'a fox' });
  expect(second.errors).toBeUndefined();
  await bot.settled();
  // The core answers a delivery once.
  expect(new Set(core.calls.map(({ deliveryKey }) => deliveryKey)).size).toBe(2);
  expect(seen()).toMatchObject([{ text: 'a card' }]);
});

it('is answered privately when there is something else to say', async () => {
  const { core, user, channel, seen, formOf, bot } = await open();
  const view = await formOf(() => user.command(channel, '/imagine'));
  core.next(saying('only for you', { audience: 'private' }));
  await user.submitView(view, { prompt: 'a fox' });
  await bot.settled();
  expect(user.views()).toEqual([]);
  expect(seen()).toMatchObject([{ text: 'only for you', private: true }]);
});

it('opens on a message with its words, and answers in the thread below it', async () => {
  const { core, user, channel, seen, formOf, bot } = await open();
  const { message } = await user.write(channel, 'a <fox> & a hen');
  const view = await formOf(() => user.shortcut('imagine', message));
  core.next(saying('a card', {}, '7'));
  await user.submitView(view, {});
  await bot.settled();
  expect(core.calls).toMatchObject([
    { text: '/imagine a <fox> & a hen', conversation: { channel: channel.id, thread: message.ts } },
  ]);
  expect(seen()).toMatchObject([{ text: 'a card', thread: message.ts }]);
});

describe('on a message with files', () => {
  const png = async (width = 8) => fourColors(width, 8).png().toBuffer();
  const pdf = { name: 'brief.pdf', bytes: Buffer.from('%PDF-1.7') };
  const told = (view: View, key: Parameters<typeof i18n.say>[0], locale = 'en') =>
    expect(JSON.stringify(view.blocks)).toContain(
      JSON.stringify(i18n.say(key, { locale, timeZone: 'UTC' })).slice(1, -1),
    );

  it.each([
    ['http', 'en'],
    ['http', 'zh-TW'],
    ['socket', 'en'],
    ['socket', 'zh-TW'],
  ] as const)('starts from its pictures, and says which and how many (%s, %s)', async (mode, locale) => {
    const { core, user, channel, formOf, bot } = await open(mode);
    await user.change({ locale });
    const [one, other] = [await png(), await png(9)];
    const files = [
      { name: 'a.png', bytes: one },
      { name: 'b & b.png', bytes: other },
    ];
    const { message } = await user.write(channel, 'like these', { files });
    const view = await formOf(() => user.shortcut('imagine', message));
    told(view, { key: 'slack.form.shown', values: { count: 2 } }, locale);
    told(view, { key: 'slack.form.shownTaken', values: { count: 2 } }, locale);
    expect(JSON.stringify(view.blocks)).toContain('b &amp; b.png');
    await user.submitView(view, {});
    await bot.settled();
    expect(core.calls).toMatchObject([
      {
        text: '/imagine like these',
        files: [
          { name: 'a.png', answered: true },
          { name: 'b & b.png', answered: true },
        ],
        repliesTo: {
          channel: channel.id,
          message: message.ts,
          fileIds: [expect.stringMatching(/^F/), expect.stringMatching(/^F/)],
        },
        conversation: { thread: message.ts },
      },
    ]);
    const opened = await Promise.all(
      core.calls[0]?.files.map((file) => bot.platform.open(file, { signal: new AbortController().signal })) ?? [],
    );
    const read = await Promise.all(opened.map(async (stream) => Buffer.from(await new Response(stream).arrayBuffer())));
    expect(read).toEqual([one, other]);
  });

  it('starts from those that stay picked, beside those that are attached', async () => {
    const { core, user, channel, formOf, bot } = await open();
    const files = await Promise.all([1, 2, 3].map(async () => ({ name: 'image.png', bytes: await png() })));
    const { message } = await user.write(channel, 'x', { files });
    const view = await formOf(() => user.shortcut('imagine', message));
    await user.submitView(view, { shown: ['2: image.png'], files: [{ name: 'mine.png', bytes: await png() }] });
    const again = await formOf(() => user.shortcut('imagine', message));
    await user.submitView(again, { shown: [] });
    await bot.settled();
    const [first, second] = core.calls;
    expect(first?.files.map(({ name, answered }) => [name, answered])).toEqual([
      ['image.png', true],
      ['mine.png', undefined],
    ]);
    expect(second?.files).toEqual([]);
    expect(second).not.toHaveProperty('repliesTo');
  });

  it.each(['en', 'zh-TW'])(
    'with too many pictures picks none, and lets as many be picked as there may be (%s)',
    async (locale) => {
      const { core, user, channel, formOf, bot } = await open();
      await user.change({ locale });
      const bytes = await png();
      const files = Array.from({ length: 20 }, (_, index) => ({ name: `${index + 1}.png`, bytes }));
      const { message } = await user.write(channel, 'a fox', { files });
      const view = await formOf(() => user.shortcut('imagine', message));
      told(view, { key: 'slack.form.shownTooMany', values: { count: 20, max: 4 } }, locale);
      expect(JSON.stringify(view.blocks)).toContain('"max_selected_items":4');
      await user.submitView(view, {});
      const again = await formOf(() => user.shortcut('imagine', message));
      await user.submitView(again, { shown: ['3.png', '20.png'] });
      await bot.settled();
      expect(core.calls.map(({ files }) => files.map(({ name }) => name))).toEqual([[], ['3.png', '20.png']]);
    },
  );

  it.each(['en', 'zh-TW'])('says which are no pictures, and which are gone (%s)', async (locale) => {
    const { core, user, channel, formOf, bot } = await open();
    await user.change({ locale });
    const { message } = await user.write(channel, 'a fox', {
      files: [pdf, { name: 'a.png', bytes: await png() }, { name: 'b.png', bytes: await png() }],
    });
    user.removeFile(message, 'b.png');
    const view = await formOf(() => user.shortcut('imagine', message));
    told(view, { key: 'slack.form.notPictures', values: { count: 1, names: { list: ['brief.pdf'] } } }, locale);
    told(view, { key: 'slack.form.gone', values: { count: 1 } }, locale);
    await user.submitView(view, {});
    await bot.settled();
    expect(core.calls.map(({ files }) => files.map(({ name }) => name))).toEqual([['a.png']]);
  });

  it('and no picture opens with the words alone', async () => {
    const { core, user, channel, formOf, bot } = await open();
    const { message } = await user.write(channel, 'a fox', { files: [pdf] });
    const view = await formOf(() => user.shortcut('imagine', message));
    expect(JSON.stringify(view.blocks)).not.toContain('multi_static_select');
    await user.submitView(view, {});
    await bot.settled();
    expect(core.calls).toMatchObject([{ text: '/imagine a fox', files: [] }]);
  });

  it('that is ours starts from no words of ours', async () => {
    const { core, team, user, channel, seen, formOf, bot, blobs } = await open();
    const blob = await blobs.put('w', await png());
    const alt = { verbatim: 'a fox' };
    const image = { blob, type: 'png', width: 8, height: 8, alt, name: 'k7m2q4-2.png' } as const;
    const to = { platform: 'slack', channel: channel.id };
    await bot.platform.send(to, titled('1 picture of batch k7m2q4', { images: [image] }), {
      ...{
        key: 'k',
        workspace: team.id,
        repeat: false,
        limits,
        pause: () => undefined,
        saveHandle: async () => undefined,
      },
    });
    const [gallery] = seen();
    if (!gallery) throw new Error('there is no gallery');
    const view = await formOf(() => user.shortcut('imagine', gallery));
    expect(JSON.stringify(view.blocks)).not.toContain('initial_value');
    await user.submitView(view, { prompt: 'at night' });
    await bot.settled();
    expect(core.calls).toMatchObject([
      { text: '/imagine at night', files: [{ name: 'k7m2q4-2.png' }], repliesTo: { message: gallery.ts } },
    ]);
  });

  it.each(['deleted meanwhile', 'where the bot is not'])(
    'that was %s cannot be opened, with a reason',
    async (what) => {
      const { core, user, team, formOf, bot } = await open();
      const channel = team.addChannel('elsewhere', what === 'where the bot is not' ? { bot: false } : {});
      const { message } = await user.write(channel, 'x', { files: [{ name: 'a.png', bytes: await png() }] });
      const view = await formOf(() => user.shortcut('imagine', message));
      if (what === 'deleted meanwhile') user.removeFile(message, 'a.png');
      await user.submitView(view, {});
      await bot.settled();
      const [file] = core.calls[0]?.files ?? [];
      if (!file) throw new Error('there is no file');
      const opening = bot.platform.open(file, { signal: new AbortController().signal });
      await expect(opening).rejects.toMatchObject({ name: 'DeliveryError', reason: 'missing', retryable: false });
    },
  );
});

it('opens in a thread, and answers there, privately too', async () => {
  const { core, user, channel, seen, formOf, bot } = await open();
  const { message } = await user.write(channel, 'look');
  const { message: reply } = await user.write(channel, 'a fox', { thread: message.ts });
  const view = await formOf(() => user.shortcut('imagine', reply));
  core.next(saying('only for you', { audience: 'private' }));
  await user.submitView(view, { prompt: 'a red fox' });
  await bot.settled();
  expect(core.calls).toMatchObject([{ conversation: { thread: message.ts } }]);
  expect(seen()).toMatchObject([{ text: 'only for you', private: true, thread: message.ts }]);
});

it.each(['http', 'socket'] as const)(
  'of an answer opens with the old words and makes the command of them (%s)',
  async (mode) => {
    const { core, user, channel, seen, formOf, bot } = await open(mode);
    core.next(
      saying('menu', {
        actions: [{ id: 'picture k7m2q4 2 --edit prompt', label: { verbatim: 'edit' }, style: 'secondary' }],
      }),
    );
    await user.command(channel, '/picture', 'k7m2q4 2');
    await bot.settled();
    core.next(asking('a <red> fox'), saying('no', refusal), saying('a card', {}, '7'));
    const [menu] = seen();
    if (!menu) throw new Error('there is no menu');
    const view = await formOf(() => user.press(menu, 'edit'));
    expect(JSON.stringify(view)).toContain('"initial_value":"a <red> fox"');
    const refused = await user.submitView(view, { prompt: 'x' });
    expect(refused.errors).toEqual({ prompt: 'no' });
    await user.submitView(view, { prompt: 'a "blue" fox' });
    await bot.settled();
    expect(core.calls.at(-1)).toMatchObject({
      text: '/rerun k7m2q4 2 --prompt "a \\"blue\\" fox"',
      conversation: { channel: channel.id },
    });
    expect(seen().map(({ text }) => text)).toEqual(['menu', 'a card']);
  },
);

it('of an answer that cannot be opened is said in words', async () => {
  const { core, server, user, channel, seen, bot } = await open();
  server.fail({ match: ({ method }) => method === 'views.open', kind: 'refused', error: 'expired_trigger_id' });
  core.next(asking('a fox'), asking('x'.repeat(3001)));
  await user.command(channel, '/picture', 'k7m2q4 2 --edit prompt');
  await user.command(channel, '/picture', 'k7m2q4 2 --edit prompt');
  await bot.settled();
  expect(user.views()).toEqual([]);
  expect(seen()).toMatchObject([
    { text: 'copy this line', private: true },
    { text: 'copy this line', private: true },
  ]);
});

it('that cannot be opened is replaced by words', async () => {
  const { core, server, user, channel, seen, bot } = await open();
  server.fail({ match: ({ method }) => method === 'views.open', kind: 'refused', error: 'expired_trigger_id' });
  core.next(replying({ ...refusal, lines: [{ key: 'errors.prompt.empty' }] }));
  await user.command(channel, '/imagine');
  await bot.settled();
  expect(user.views()).toEqual([]);
  expect(core.calls).toMatchObject([{ text: '/imagine' }]);
  expect(seen()).toMatchObject([{ private: true }]);
});
