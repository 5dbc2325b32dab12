import { expect, it } from 'vitest';
import { i18n } from '#tests/bots/bot-deps.ts';
import { asking, replying, saying } from '#tests/bots/outgoing.ts';
import { open as openScene } from '#tests/bots/slack/scene.ts';
import type { SlackMode } from '#tests/bots/slack/start-slack.ts';
import { waitUntil } from '#tests/bots/wait-until.ts';
import { fourColors } from '#tests/media/pictures.ts';

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
