import { describe, expect, it } from 'vitest';
import type { Reply } from '#core/ports/chat.ts';
import { DeliveryError } from '#core/ports/delivery.ts';
import type { OutgoingMessage } from '#core/ports/message.ts';
import { alone, ann, createChat, deliverAll } from '#tests/core/postings/chat.ts';
import { createTestCore, keysOf, request, say, sender, type TestCore } from '#tests/factories.ts';
import type { FakePlatform } from '#tests/fakes/platform.ts';

const olga = sender('olga', { role: 'owner' });
const dm = 'home/direct/ann';

function messageOf(reply: Reply): OutgoingMessage {
  if (reply.kind !== 'message') throw new Error('no answer');
  return reply.message;
}

const titlesIn = (core: TestCore & { chat: FakePlatform }, channel: string) =>
  core.chat
    .messages()
    .filter(({ conversation }) => conversation.channel === channel)
    .map(({ part }) => part.title && 'key' in part.title && part.title.key);

async function newest(core: TestCore): Promise<string> {
  const [row] = await core.sql`select id from batches order by created_at desc, id limit 1`;
  return row?.id;
}

describe('alone with the bot', () => {
  it('a person reaches their own batches of any workspace of the app, with what holds there', async () => {
    await using core = await createChat();
    await say(core, olga, '/settings --credits-member 3');
    const batch = await request(core, ann, 'a fox');
    const here = alone('dm:ann');
    expect(messageOf(await core.chat.call(here, `/status ${batch}`)).title).toMatchObject({ key: 'card.running' });
    expect(keysOf(await core.chat.call(here, `cancel ${batch}`))).toEqual(['commands.cancel.done']);
    const again = await core.chat.call(here, `retry ${batch}`);
    expect(messageOf(again)).toMatchObject({ audience: 'channel', title: { key: 'card.running' } });
    const made = await newest(core);
    await core.queue.run(core.deps);
    await deliverAll(core);
    expect(titlesIn(core, dm)).toContain('gallery.title');
    expect(keysOf(await core.chat.call(here, `/show ${made}`))).toEqual(['commands.show.done']);
    await deliverAll(core);
    expect(titlesIn(core, dm).filter((title) => title === 'gallery.title')).toHaveLength(2);
    expect(titlesIn(core, 'home/general')).toEqual(['card.cancelled']);
    const owners =
      await core.sql`select distinct w.platform_id from batches b join workspaces w on w.id = b.workspace_id`;
    expect([...owners]).toEqual([{ platform_id: 'home' }]);
    expect(keysOf(await core.chat.call(here, `rerun ${made}`))).toContain('card.origin');
    expect(keysOf(await core.chat.call(here, `rerun ${made}`))).toContain('card.origin');
    expect(keysOf(await core.chat.call(here, `rerun ${made}`)), 'the credits of a member there').toEqual([
      'errors.quota.exceeded',
    ]);
  });

  it('a person acts there as what the app says they are now, as what they were while it does not say, and not once they left', async () => {
    await using core = await createChat();
    await say(core, olga, '/settings --credits-guest 0');
    const batch = await request(core, ann, 'a fox');
    await core.queue.run(core.deps);
    const rerun = async () => keysOf(await core.chat.call(alone('dm:ann'), `rerun ${batch}`));
    core.chat.changes('home', 'ann', new DeliveryError('network', 'down', { retryable: true }));
    expect(await rerun()).toContain('card.origin');
    core.chat.changes('home', 'ann', { standing: 'guest' });
    expect(await rerun()).toEqual(['errors.quota.exceeded']);
    core.chat.changes('home', 'ann', new DeliveryError('network', 'down', { retryable: true }));
    expect(await rerun()).toEqual(['errors.quota.exceeded']);
    core.chat.changes('home', 'ann', undefined);
    const left = messageOf(await core.chat.call(alone('dm:ann'), `rerun ${batch}`));
    expect(left.lines).toEqual([{ key: 'errors.elsewhere.left', values: { place: 'home' } }]);
  });

  it('the buttons of what came there because a channel is gone work', async () => {
    await using core = await createChat();
    const batch = await request(core, ann, 'a fox --n 3');
    core.chat.failNext(new DeliveryError('gone', 'no such channel', { retryable: false }));
    await deliverAll(core);
    expect(titlesIn(core, dm)).toEqual(['card.running']);
    expect(keysOf(await core.chat.call(alone('dm:ann'), `cancel ${batch}`))).toEqual(['commands.cancel.done']);
    await deliverAll(core);
    expect(titlesIn(core, dm)).toContain('card.cancelled');
  });

  it('a draft is made in its workspace, once when the same press is delivered to two processes', async () => {
    await using core = await createChat();
    const shown = messageOf(await core.chat.call(ann, '/imagine a fox --draft'));
    const run = shown.actions[0]?.id ?? '';
    const other = { ...core, deps: await core.otherProcess() };
    const first = await say(core, alone('dm:ann'), run, { deliveryKey: 'press' });
    expect(messageOf(first).title).toMatchObject({ key: 'card.running' });
    expect(await say(other, alone('dm:ann'), run, { deliveryKey: 'press' })).toEqual({ kind: 'none' });
    const rows = await core.sql`select w.platform_id from batches b join workspaces w on w.id = b.workspace_id`;
    expect([...rows]).toEqual([{ platform_id: 'home' }]);
  });

  it.each([
    ['somebody else', alone('dm:ben', 'ben')],
    ['an owner of the workspace, alone with the bot', alone('dm:olga', 'olga')],
    ['its person among others in another workspace', sender('ann', { workspace: 'away' })],
    ['who has the same name and id on another app, and is not joined,', { ...alone('dm:ann'), platform: 'other' }],
  ])('%s gets the answer of a batch that does not exist', async (_, who) => {
    await using core = await createTestCore();
    await say(core, olga, '/quota');
    const batch = await request(core, ann, 'a fox');
    const shown = messageOf(await say(core, ann, '/imagine a fox --draft'));
    const draft = shown.actions[0]?.id.split(' ')[1] ?? '';
    for (const [line, id] of [
      ['/status', batch],
      ['/cancel', batch],
      ['/show', batch],
      ['/share', batch],
      ['/draft', draft],
    ]) {
      const [real, unknown] = await Promise.all(
        [id ?? '', 'zzzzzz'].map(async (one) =>
          JSON.stringify(await say(core, who, `${line} ${one}`)).replaceAll(one, 'ID'),
        ),
      );
      expect(real).toContain('.unknown');
      expect(real).toBe(unknown);
    }
  });
});
