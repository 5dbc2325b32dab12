import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Timing } from '#bots/telegram/timing.ts';
import { i18n } from '#tests/bots/bot-deps.ts';
import { asking, replying } from '#tests/bots/outgoing.ts';
import { createScriptedCore, type ScriptedCore } from '#tests/bots/scripted-core.ts';
import { type Mode, noRates, type StartedTelegram, startTelegram } from '#tests/bots/telegram/start-telegram.ts';
import { waitUntil } from '#tests/bots/wait-until.ts';
import { fourColors } from '#tests/media/pictures.ts';
import type { TelegramServerOptions } from '#tests/servers/telegram.ts';
import type { TelegramChat } from '#tests/servers/telegram-groups.ts';
import type { TelegramPerson } from '#tests/servers/telegram-people.ts';

const cancel = { id: 'cancel k7m2q4', label: { key: 'action.cancel' }, style: 'danger' } as const;
const english = { locale: 'en', timeZone: 'UTC' };

describe.each(['polling', 'webhook'] as const)('by %s', (mode: Mode) => {
  let started: StartedTelegram;
  let core: ScriptedCore;
  let ada: TelegramPerson;
  let bo: TelegramPerson;
  let group: TelegramChat;

  async function begin(timing: Partial<Timing> = {}, server: TelegramServerOptions = {}): Promise<void> {
    started = await startTelegram(mode, { timing, server });
    core = createScriptedCore();
    ada = started.server.addPerson('Ada', { started: true, languageCode: 'en' });
    bo = started.server.addPerson('Bo', { languageCode: 'zh-hant' });
    group = started.server.addChat({ type: 'supergroup', title: 'Studio', forum: true, creator: ada, members: [bo] });
    await started.start(core);
  }
  beforeEach(() => begin());
  afterEach(async () => {
    await started.stop();
    expect(started.server.violations).toEqual([]);
  });

  const callsOf = (method: string) => started.server.requests.filter((request) => request.method === method);
  const inGroup = (person: TelegramPerson) => started.server.seen(group.id, person.id).filter(({ fromBot }) => fromBot);
  const alone = (person: TelegramPerson) => started.server.seen(person.id, person.id).filter(({ fromBot }) => fromBot);
  const untilCalls = (count: number) => waitUntil(() => core.calls.length >= count, `${count} calls`);

  describe('an answer', () => {
    test('in a group is below what was said, in its topic, and its card is known to the core', async () => {
      core.answer = () => replying({ title: { verbatim: 'card' }, actions: [cancel] }, '42');
      const topic = group.addTopic('foxes');
      const said = await ada.write(group, '/imagine a fox', { topic });
      await waitUntil(() => core.sent.length === 1, 'the core knows where');
      expect(inGroup(bo)).toMatchObject([
        { text: 'card', replyTo: said.id, thread: topic, actions: [{ style: 'danger' }] },
      ]);
      const [card] = inGroup(bo);
      expect(core.sent).toEqual([
        {
          postingId: '42',
          ref: {
            ...{ platform: 'telegram', channel: String(group.id) },
            ...{ message: `text:${card?.id}`, messages: [String(card?.id)] },
          },
        },
      ]);
      expect(core.calls).toMatchObject([
        { account: { standing: 'owner' }, conversation: { channel: String(group.id), thread: String(topic) } },
      ]);
    });

    test('in a private chat is a plain message, for the person who owns it', async () => {
      core.answer = () => replying({ audience: 'private', lines: [{ verbatim: 'for you' }] });
      await bo.write('bot', 'a red fox');
      await waitUntil(() => alone(bo).length === 1, 'the answer');
      expect(alone(bo)).toMatchObject([{ text: 'for you' }]);
      expect(alone(bo)[0]).not.toHaveProperty('replyTo');
      expect(core.calls).toMatchObject([
        { text: 'a red fox', bare: true, locale: 'zh-hant', account: { standing: 'owner' } },
      ]);
    });

    test('that is to be filled in is a line to be copied, also where its button is pressed', async () => {
      core.answer = () => asking('a fox');
      await ada.write('bot', '/picture k7m2q4 2 --edit prompt');
      await waitUntil(() => alone(ada).length === 1, 'the line');
      core.answer = () => asking('x'.repeat(300));
      await ada.write('bot', '/picture k7m2q4 2 --edit prompt');
      await waitUntil(() => alone(ada).length === 2, 'the long line');
      expect(alone(ada).map(({ text, actions }) => [text, actions.map(({ copyText }) => copyText)])).toEqual([
        ['copy this line', ['/rerun k7m2q4 2 --prompt "a fox"']],
        ['copy this line', []],
      ]);
    });

    test('that is too long is several messages', async () => {
      core.answer = () => replying({ lines: [{ verbatim: 'word '.repeat(1000) }] });
      await ada.write('bot', '/help');
      await waitUntil(() => alone(ada).length === 2, 'both messages');
    });

    test('that Telegram puts off is shown once it may, and not asked for before', async () => {
      await started.stop();
      await begin({}, { rates: { ...noRates, chat: { limit: 1, windowMs: 1000, burst: 1 } } });
      core.answer = ({ text }) => replying({ lines: [{ verbatim: text }] });
      for (const text of ['/help', '/help imagine']) await ada.write('bot', text);
      await waitUntil(() => alone(ada).length === 2, 'both answers');
      // Asking again too early is another flood, with a longer wait.
      expect(started.server.floods).toHaveLength(1);
    });

    test('that is owed and cannot be shown is left to the outbox, and told once', async () => {
      core.answer = () => replying({ title: { verbatim: 'card' } }, '42');
      started.server.fail({ match: ({ method }) => method === 'sendMessage', kind: 'server_error', times: 9 });
      await ada.write('bot', '/imagine a fox');
      const warned = () => started.logs.filter(({ message }) => message.includes('could not be shown'));
      await waitUntil(() => warned().length === 1, 'a warning');
      expect(callsOf('sendMessage')).toHaveLength(1);
      expect(core.sent).toEqual([]);
    });

    test('goes to the person where the bot may not write in the group', async () => {
      group.forbid('text');
      core.answer = () => replying({ lines: [{ verbatim: 'an answer for all' }] });
      await ada.write(group, '/help');
      await waitUntil(() => alone(ada).length === 1, 'the answer');
    });

    test('to a bug of ours is a sentence with a reference', async () => {
      core.answer = () => Promise.reject(new TypeError('x is not a function'));
      await ada.write('bot', '/help');
      await waitUntil(() => alone(ada).length === 1, 'the answer');
      const [failed] = started.logs.filter(({ level }) => level === 'error');
      expect(alone(ada)[0]?.text).toBe(
        `❌ ${i18n.say({ key: 'errors.bug', values: { reference: String(failed?.values.requestId) } }, english)}`,
      );
    });

    test('that takes long is announced by typing, in the topic where it will be', async () => {
      await started.stop();
      await begin({ deferMs: 20 });
      const gate = Promise.withResolvers<void>();
      core.answer = async () => {
        await gate.promise;
        return replying({ lines: [{ verbatim: 'done' }] });
      };
      const topic = group.addTopic('foxes');
      await ada.write(group, '/imagine a fox', { topic });
      await waitUntil(() => callsOf('sendChatAction').length > 0, 'typing');
      expect(callsOf('sendChatAction')[0]?.params).toMatchObject({ action: 'typing', message_thread_id: topic });
      gate.resolve();
      await waitUntil(() => inGroup(ada).length === 1, 'the answer');
    });
  });

  describe('a private answer in a group', () => {
    test('to a command is in the private chat alone', async () => {
      core.answer = () => replying({ audience: 'private', lines: [{ verbatim: 'for you' }] });
      await ada.write(group, '/quota');
      await waitUntil(() => alone(ada).length === 1, 'the answer');
      expect(inGroup(bo)).toEqual([]);
    });

    test('has its buttons in the private chat, where they reach batches of any chat', async () => {
      const action = { id: 'delete k7m2q4 2 --sure on', label: { key: 'action.delete' }, style: 'danger' } as const;
      core.answer = () => replying({ audience: 'private', lines: [{ verbatim: 'sure?' }], actions: [action] });
      await ada.write(group, '/delete k7m2q4 2');
      await waitUntil(() => alone(ada).length === 1, 'the answer');
      expect(alone(ada)).toMatchObject([{ text: 'sure?', actions: [{ data: 'delete k7m2q4 2 --sure on' }] }]);
    });

    test('to someone who never started the bot is an invitation that says nothing of it', async () => {
      core.answer = () => replying({ locale: 'zh-TW', audience: 'private', lines: [{ verbatim: 'hush' }] });
      const said = await bo.write(group, '/quota');
      await waitUntil(() => inGroup(ada).length === 1, 'the invitation');
      const taiwan = { locale: 'zh-TW', timeZone: 'UTC' };
      expect(inGroup(ada)).toMatchObject([
        {
          text: i18n.say({ key: 'telegram.startFirst' }, taiwan),
          replyTo: said.id,
          actions: [
            {
              label: i18n.say({ key: 'telegram.openChat' }, taiwan),
              url: `https://t.me/${started.server.bot.username}?start=hello`,
            },
          ],
        },
      ]);
      expect(core.calls).toMatchObject([{ account: { standing: 'member' } }]);
    });

    test('to an administrator who stays anonymous is an invitation', async () => {
      core.answer = () => replying({ audience: 'private', lines: [{ verbatim: 'hush' }] });
      await ada.write(group, '/settings', { anonymous: true });
      await waitUntil(() => inGroup(bo).length === 1, 'the invitation');
      expect(inGroup(bo)[0]?.text).not.toContain('hush');
      expect(core.calls).toMatchObject([{ account: { standing: 'admin', platformId: String(group.id) } }]);
    });
  });

  describe('a pressed button', () => {
    async function cardIn(where: TelegramChat | 'bot') {
      core.answer = () => replying({ title: { verbatim: 'card' }, actions: [cancel] });
      await ada.write(where, '/imagine a fox');
      const chatId = where === 'bot' ? ada.id : group.id;
      return started.server.until(chatId, ada.id, (seen) => seen.find(({ text }) => text === 'card'));
    }

    test('in a group shows a short private answer over the chat', async () => {
      const card = await cardIn(group);
      core.answer = () => replying({ audience: 'private', lines: [{ verbatim: '<cancelled> & done' }] });
      expect(await ada.press(card, cancel.id).answered()).toEqual({ text: '<cancelled> & done', alert: true });
      expect(alone(ada)).toEqual([]);
      expect(core.calls.at(-1)).toMatchObject({ text: cancel.id, deliveryKey: expect.stringMatching(/^callback:/) });
    });

    test('in a group sends a long private answer to the private chat, and says so', async () => {
      const card = await cardIn(group);
      core.answer = () => replying({ audience: 'private', lines: [{ verbatim: 'word '.repeat(60) }] });
      const got = await ada.press(card, cancel.id).answered();
      expect(got).toMatchObject({ text: i18n.say({ key: 'telegram.answeredPrivately' }, english), alert: false });
      expect(alone(ada)).toHaveLength(1);
    });

    test('in a group opens the private chat for someone who never did', async () => {
      const card = await cardIn(group);
      core.answer = () => replying({ audience: 'private', lines: [{ verbatim: 'word '.repeat(60) }] });
      const got = await bo.press(card, cancel.id).answered();
      expect(got.url).toBe(`https://t.me/${started.server.bot.username}?start=hello`);
      expect(inGroup(ada)).toHaveLength(1);
    });

    test('waits no more when the answer is a message, a card, or nothing', async () => {
      const card = await cardIn('bot');
      core.answer = () => replying({ audience: 'private', lines: [{ verbatim: 'an answer' }] });
      expect(await ada.press(card, cancel.id).answered()).toEqual({ alert: false });
      await waitUntil(() => alone(ada).length === 2, 'the answer');
      core.answer = () => replying({ title: { verbatim: 'another card' } }, '43');
      expect(await ada.press(card, cancel.id).answered()).toEqual({ alert: false });
      await waitUntil(() => core.sent.length === 1, 'the core knows where');
      core.answer = () => ({ kind: 'none' });
      expect(await ada.press(card, cancel.id).answered()).toEqual({ alert: false });
    });

    test('waits no more when the answer takes long, which then comes all the same', async () => {
      await started.stop();
      await begin({ deferMs: 20 });
      const card = await cardIn(group);
      const gate = Promise.withResolvers<void>();
      core.answer = async () => {
        await gate.promise;
        return replying({ audience: 'private', lines: [{ verbatim: 'late' }] });
      };
      expect(await ada.press(card, cancel.id).answered()).toEqual({ alert: false });
      gate.resolve();
      await waitUntil(() => alone(ada).length === 1, 'the late answer');
      expect(alone(ada)).toMatchObject([{ text: 'late' }]);
      await started.server.taken();
      expect(callsOf('answerCallbackQuery'), 'a query is answered once').toHaveLength(1);
    });
  });

  describe('what comes in pieces', () => {
    test('is one request with all its pictures', async () => {
      const album = await Promise.all(
        [1, 2, 3].map((number) =>
          fourColors(40, 20 + number)
            .jpeg()
            .toBuffer(),
        ),
      );
      await ada.write('bot', 'in this style', { album });
      await untilCalls(1);
      await started.server.taken();
      expect(core.calls).toMatchObject([{ text: 'in this style', bare: true }]);
      expect(core.calls[0]?.files).toHaveLength(3);
      expect(new Set(core.calls[0]?.files.map(({ locator }) => locator)).size).toBe(3);
    });

    test('is taken together with the picture and the words that it answers', async () => {
      const photo = await fourColors(40, 20).jpeg().toBuffer();
      const replyTo = await bo.write('bot', 'a fox', { photo });
      await untilCalls(1);
      const first = core.calls[0]?.files[0];
      await bo.write('bot', '/imagine --n 4', { replyTo });
      await untilCalls(2);
      expect(core.calls[1]).toMatchObject({ text: '/imagine a fox\n--n 4', files: [first] });
    });
  });

  test('ignores edited messages and what is not said to it', async () => {
    const said = await ada.write('bot', '/quota');
    await untilCalls(1);
    ada.edit(said, '/imagine a fox');
    group.setMember('bot', 'administrator');
    await ada.write(group, 'just talk');
    await ada.write('bot', '/status');
    await untilCalls(2);
    expect(core.calls.map(({ text }) => text)).toEqual(['/quota', '/status']);
  });

  test('knows administrators, and takes whoever cannot be looked up for a member', async () => {
    const cy = started.server.addPerson('Cy', { started: true });
    group.setMember(cy, 'administrator');
    started.server.fail({ match: ({ params }) => params.user_id === ada.id, kind: 'server_error' });
    for (const person of [cy, ada, ada, bo]) {
      const count = core.calls.length;
      await person.write(group, '/quota');
      await untilCalls(count + 1);
    }
    expect(core.calls.map(({ account }) => account.standing)).toEqual(['admin', 'member', 'owner', 'member']);
    group.setMember(cy, 'member');
    await cy.write(group, '/quota');
    await untilCalls(5);
    expect(core.calls.at(-1)?.account.standing, 'what changed holds at the next command').toBe('member');
    started.server.fail({ match: ({ params }) => params.user_id === ada.id, kind: 'server_error' });
    await ada.write(group, '/quota');
    await untilCalls(6);
    expect(core.calls.at(-1)?.account.standing, 'who they were, while Telegram does not say').toBe('owner');
  });
});
