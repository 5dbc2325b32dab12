import { afterAll, describe, expect, it } from 'vitest';
import type { Chat, Chatter, Room, Shown } from '#tests/app/chats.ts';
import { find, patiently, picturesOf, type Service, say, startService } from '#tests/app/service.ts';
import { startOpenAiServer } from '#tests/servers/openai.ts';

/** No server of ours knows it: what it stands in, we have sent. */
const word = 'zorgon';

describe('what Easel’s own checks stop, on Discord, Slack and Telegram', () => {
  let opened: Service | undefined;
  let moderation: Awaited<ReturnType<typeof startOpenAiServer>> | undefined;
  const start = async () => {
    moderation ??= await startOpenAiServer({ apiKey: 'test-key' });
    opened ??= await startService('direct', undefined, {
      OPENAI_API_KEY: 'test-key',
      OPENAI_BASE_URL: moderation.url,
      OPENAI_MODERATION_MODEL: 'omni-moderation-latest',
    });
    return opened;
  };
  afterAll(async () => {
    await opened?.[Symbol.asyncDispose]();
    await moderation?.close();
  });

  it('a blocked word is read by the managers alone until they approve it, and is then made', {
    timeout: 300_000,
  }, async () => {
    const service = await start();
    await Promise.all(
      service.chats.map(async (chat) => {
        const { owner, person, witness, room } = await enter(chat, 'words');
        await owner.type(room, `/admin words add ${word}`);
        await find(chat, owner, room, ({ text }) => text.includes(word));
        await person.type(room, `/imagine a green ${word}`);
        const refusal = await find(chat, person, room, ({ actions }) => actions.some(({ id }) => id.endsWith(' ask')));
        expect(refusal.isPrivate, chat.id).toBe(true);
        const ask = refusal.actions.find(({ id }) => id.endsWith(' ask'))?.id ?? '';
        const draft = ask.split(' ')[1] ?? '';
        await person.press(room, refusal, ask);

        const asked = await find(chat, owner, chat.alone(owner), isRequest);
        expect(asked.text, chat.id).toContain(`a green ${word}`);
        expect(asked.text, chat.id).toContain(say(owner, 'approval.words', { words: word }));
        const sent = say(person, 'approval.sent', { draft });
        expect((await find(chat, person, room, ({ text }) => text.includes(sent))).isPrivate, chat.id).toBe(true);
        for (const one of [person, witness]) expect(publicIn(one, room), chat.id).not.toContain(word);
        const charged = await service.app.sql`
          select 1 from ledger l join workspaces w on w.id = l.workspace_id where w.platform = ${chat.id}`;
        expect([...charged], chat.id).toEqual([]);

        await owner.press(chat.alone(owner), asked, `admin approve ${draft}`);
        await expect.poll(() => pictures(person, room), { ...patiently, message: chat.id }).toBe(1);
        // Where all was said to its person alone, so is what comes of it.
        if (chat.id !== 'telegram') await expect.poll(() => publicIn(witness, room), patiently).toContain(word);
        const done = say(owner, 'approval.done', { draft, batch: '' }).split(':')[0] ?? '';
        await find(chat, owner, chat.alone(owner), ({ text }) => text.includes(done));
      }),
    );
    for (const chat of service.chats) expect([chat.id, chat.violations()]).toEqual([chat.id, []]);
  });

  it('a picture that moderation blocked has a button on its card: for its person alone, and the managers decide', {
    timeout: 300_000,
  }, async () => {
    const service = await start();
    await Promise.all(
      service.chats.map(async (chat) => {
        const { owner, person, witness, room } = await enter(chat, 'gore');
        await person.type(room, '/imagine much gore');
        const card = await find(chat, witness, room, ({ actions }) => actions.some(({ id }) => id.endsWith(' --ask')));
        expect(card.text, chat.id).toContain(say(person, 'errors.provider.prompt_blocked'));
        const ask = card.actions.find(({ id }) => id.endsWith(' --ask'))?.id ?? '';
        const batch = ask.split(' ')[1] ?? '';

        const answer = await witness.press(room, card, ask);
        // Up to where Slack has another name for a command.
        const [unknown = ''] = say(witness, 'errors.batch.unknown', { batch }).split('/');
        if (chat.id === 'telegram') {
          // Its own way of telling something to whoever pressed alone.
          expect(answer).toMatchObject({ alert: true, text: expect.stringContaining(unknown) });
        } else {
          const refused = await find(chat, witness, room, ({ text }) => text.includes(unknown));
          expect(refused.isPrivate, chat.id).toBe(true);
        }

        await person.press(room, card, ask);
        const asked = await find(chat, owner, chat.alone(owner), isRequest);
        expect(asked.text, chat.id).toContain('much gore');
        expect(asked.text, chat.id).toContain('violence/graphic');
        const deny = asked.actions.find(({ id }) => id.startsWith('admin deny '))?.id ?? '';
        const draft = deny.split(' ')[2] ?? '';
        await owner.press(chat.alone(owner), asked, deny);
        const denied = say(person, 'approval.wasDenied', { draft });
        const told = await find(chat, person, chat.alone(person), ({ text }) => text.includes(denied));
        expect(told.isPrivate, chat.id).toBe(true);
        const books = await service.app.sql`
          select l.kind from ledger l join images i on l.source = 'image:' || i.id where i.batch_id = ${batch} order by l.id`;
        expect([...books], chat.id).toEqual([{ kind: 'reserve' }, { kind: 'refund' }]);
      }),
    );
    for (const chat of service.chats) expect([chat.id, chat.violations()]).toEqual([chat.id, []]);
  });
});

/** A room with its owner, somebody who asks and somebody who looks on, all of whom the bot may write to. */
async function enter(chat: Chat, name: string) {
  const room = chat.addRoom(`appeals-${name}`);
  const owner = chat.addOwner(`Olga of ${name}`, 'en', room);
  const person = chat.addPerson(`Bo of ${name}`, 'en');
  const witness = chat.addPerson(`Mia of ${name}`, 'en');
  for (const one of [owner, person, witness]) {
    await one.type(chat.alone(one), '/help');
    await find(chat, one, chat.alone(one), () => true);
  }
  await witness.type(room, '/help');
  await owner.type(room, '/quota');
  await find(chat, owner, room, ({ text }) => text.includes(say(owner, 'commands.quota.title', { left: '' }).trim()));
  return { owner, person, witness, room };
}

const isRequest = ({ actions }: Shown) => actions.some(({ id }) => id.startsWith('admin approve '));

/** What everybody in the room can read. */
const publicIn = (person: Chatter, room: Room) =>
  person
    .seen(room)
    .flatMap(({ isPrivate, text }) => (isPrivate ? [] : [text]))
    .join('\n');

const pictures = (person: Chatter, room: Room) =>
  picturesOf(person.seen(room)).reduce((sum, { images }) => sum + images.length, 0);
