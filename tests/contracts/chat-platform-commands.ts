import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Reply } from '#core/ports/chat.ts';
import { i18n } from '#tests/bots/bot-deps.ts';
import { type Context, callOf, outgoing, readerOf } from '#tests/contracts/chat-platform-context.ts';
import { typedTexts } from '#tests/contracts/typed-texts.ts';
import { fourColors } from '#tests/media/pictures.ts';

export function describeCommands(context: Context): void {
  test.each(Object.entries(typedTexts))('hands %s to the core as typed', async (_, text) => {
    const { asker } = context.setup.people;
    expect(await callOf(context, asker, `/imagine ${text}`)).toMatchObject({ text: `/imagine ${text}`, files: [] });
  });

  test('tells the core who spoke, where, and what fits there', async () => {
    const { asker, other } = context.setup.people;
    const mine = await callOf(context, asker, '/quota');
    const theirs = await callOf(context, other, '/quota');
    for (const [call, person] of [[mine, asker] as const, [theirs, other] as const]) {
      expect(call.platform).toBe(context.setup.platform.id);
      expect(call.account).toMatchObject({ platformId: person.account, standing: person.standing });
      expect(call.locale).toBe(person.locale);
      expect(call.conversation.platform).toBe(call.platform);
      expect(call.requestId).not.toBe('');
      expect(call.channel.limits.imagesPerMessage).toBeGreaterThanOrEqual(1);
      expect(call.channel.limits.fileBytesMax).toBeGreaterThan(0);
      expect(call.channel.limits.textMax).toBeGreaterThan(0);
      expect(call.channel.limits.sendSpacingMs).toBeGreaterThanOrEqual(0);
      expect(JSON.parse(JSON.stringify(call)), 'a call survives JSON').toEqual(call);
    }
    expect(theirs.workspace.platformId).toBe(mine.workspace.platformId);
    expect(theirs.channel.platformId).toBe(mine.channel.platformId);
  });

  test('tells who somebody is in a workspace without a call of theirs, and that somebody is not in it', async () => {
    const { platform, people, stranger } = context.setup;
    for (const person of [people.asker, people.other]) {
      const { account, workspace } = await callOf(context, person, '/quota');
      const { standing, platformRoles = [] } = account;
      const told = await platform.findStanding(workspace.platformId, person.account);
      expect(told?.standing).toBe(standing);
      expect(new Set(told?.platformRoles ?? [])).toEqual(new Set(platformRoles));
      expect(await platform.findStanding(workspace.platformId, stranger)).toBeUndefined();
    }
  });

  test('gives the same words said twice two delivery keys', async () => {
    const { asker } = context.setup.people;
    const first = await callOf(context, asker, '/quota');
    const second = await callOf(context, asker, '/quota');
    expect(second.deliveryKey).not.toBe(first.deliveryKey);
  });

  test('gives a repeated delivery the delivery key it had, and shows its answer once', async ({ skip }) => {
    const { redeliver, people } = context.setup;
    if (!redeliver) return skip('this platform never delivers again');
    const marker = randomUUID();
    const reply: Reply = { kind: 'message', message: outgoing(people.asker, { title: { verbatim: marker } }) };
    context.core.next(reply);
    context.core.next(reply);
    const first = await callOf(context, people.asker, '/imagine a fox');
    const count = context.core.calls.length;
    await redeliver();
    for (const again of context.core.calls.slice(count)) expect(again.deliveryKey).toBe(first.deliveryKey);
    expect(await context.find(people.asker, marker)).toHaveLength(1);
  });

  test('hands a pressed button to the core as the command it carries', async () => {
    const { asker } = context.setup.people;
    const marker = randomUUID();
    const ids = ['cancel k7m2q4', `retry k7m2q4 ${'5'.repeat(51)}`];
    expect(Buffer.byteLength(ids[1] ?? '')).toBe(64);
    const actions = ids.map((id) => ({ id, label: { key: 'action.cancel' } as const, style: 'danger' as const }));
    await context.post(outgoing(asker, { title: { verbatim: marker }, actions }));
    const [message] = await context.find(asker, marker);
    expect(message?.actions).toEqual(
      ids.map((id) => ({ id, label: i18n.say({ key: 'action.cancel' }, readerOf(asker)) })),
    );
    for (const id of ids) {
      const count = context.core.calls.length;
      await context.setup.press(asker, message?.id ?? '', id);
      expect(context.core.calls.slice(count)).toMatchObject([{ text: id, account: { platformId: asker.account } }]);
    }
  });

  test('offers a choice for each picture, each with its page, and hands a picked one over as the command it carries', async () => {
    const { setup } = context;
    const { asker } = setup.people;
    const { limits } = await context.place(asker);
    const numbers = Array.from({ length: 12 }, (_, index) => index + 1);
    const blob = await setup.putBlob(await fourColors(8, 8).png().toBuffer());
    const images = numbers.map((number) => ({
      ...{ blob, type: 'png' as const, width: 8, height: 8, number, name: `k7m2q4-${number}.png` },
      alt: { key: 'picture.alt' as const, values: { number, total: 12, prompt: 'a fox' } },
    }));
    const options = images.map((_, index) => ({
      id: `picture k7m2q4 ${index + 1}`,
      label: { key: 'gallery.choice' as const, values: { position: index + 1, prompt: `a ${'very '.repeat(30)}fox` } },
      number: index + 1,
    }));
    const message = outgoing(asker, { images, choices: { label: { key: 'gallery.choose' }, options } });
    const before = (await setup.seen(asker)).map(({ id }) => id);
    for (const part of setup.platform.split(message, limits)) await context.post(part);
    const shown = (await setup.seen(asker)).filter(({ id }) => !before.includes(id));
    const offered = shown.flatMap(({ id, actions, choices = [] }) =>
      [...actions, ...choices].map((one) => [id, one.id]),
    );
    expect(offered.map(([, id]) => id)).toEqual(options.map(({ id }) => id));
    for (const index of [1, 11]) {
      const [messageId = '', id = ''] = offered[index] ?? [];
      const count = context.core.calls.length;
      await (setup.pick ?? setup.press)(asker, messageId, id);
      expect(context.core.calls.slice(count)).toMatchObject([{ text: id, account: { platformId: asker.account } }]);
    }
  });

  test('shows choices below words alone as well', async () => {
    const { setup } = context;
    const { asker } = setup.people;
    const { limits } = await context.place(asker);
    const options = [1, 2, 3].map((number) => ({
      id: `draft k7m2q4 drop ${number}`,
      label: { key: 'gallery.choice' as const, values: { position: number, prompt: 'a fox' } },
      number,
    }));
    const words = { lines: [{ verbatim: 'a fox' }], choices: { label: { key: 'draft.choose' as const }, options } };
    const before = (await setup.seen(asker)).map(({ id }) => id);
    for (const part of setup.platform.split(outgoing(asker, words), limits)) await context.post(part);
    const [shown, ...others] = (await setup.seen(asker)).filter(({ id }) => !before.includes(id));
    expect(others).toEqual([]);
    const offered = [...(shown?.actions ?? []), ...(shown?.choices ?? [])].map(({ id }) => id);
    expect(offered).toEqual(options.map(({ id }) => id));
    const count = context.core.calls.length;
    await (setup.pick ?? setup.press)(asker, shown?.id ?? '', offered[1] ?? '');
    expect(context.core.calls.slice(count)).toMatchObject([{ text: offered[1] }]);
  });

  test('tells the core which of its messages is answered', async ({ skip }) => {
    const { answer, people, putBlob, seen } = context.setup;
    if (!answer) return skip('nobody answers a message here');
    const blob = await putBlob(await fourColors(8, 8).png().toBuffer());
    const picture = (number: number) => ({
      ...{ blob, type: 'png' as const, width: 8, height: 8, number, name: `k7m2q4-${number}.png` },
      alt: { key: 'picture.alt' as const, values: { number, total: 2, prompt: 'a fox' } },
    });
    for (const images of [[], [picture(1)], [picture(1), picture(2)]]) {
      const marker = randomUUID();
      const ref = await context.post(outgoing(people.asker, { title: { verbatim: marker }, images }));
      const message = (await seen(people.asker)).find(({ text }) => text.includes(marker));
      const count = context.core.calls.length;
      await answer(people.asker, message?.id ?? '', '2,5');
      const [call, ...more] = context.core.calls.slice(count);
      expect(more).toEqual([]);
      expect(call).toMatchObject({ text: '2,5', bare: true, repliesTo: { channel: ref.channel } });
      expect([ref.message, ...(ref.messages ?? [])]).toContain(call?.repliesTo?.message);
    }
  });

  test('takes no message of its own for a command', async () => {
    const { asker } = context.setup.people;
    await context.post(outgoing(asker, { lines: [{ verbatim: '/imagine a fox that talks to itself' }] }));
    await callOf(context, asker, '/quota');
    expect(context.core.calls.filter((call) => call.text.includes('talks to itself'))).toEqual([]);
  });

  test('hands what is said to the bot without a command over as bare words', async ({ skip }) => {
    const { address, people } = context.setup;
    if (!address) return skip('this platform knows commands only');
    for (const words of ['a red fox\nin <snow> & *wind*', 'status k7m2q4']) {
      const count = context.core.calls.length;
      await address(people.asker, words);
      expect(context.core.calls.slice(count)).toMatchObject([{ text: words, bare: true }]);
    }
  });
}

export function describeReplies(context: Context): void {
  test('shows a reply once and tells the core where, when it owes a posting', async () => {
    const { asker, other } = context.setup.people;
    const marker = randomUUID();
    const message = outgoing(asker, { title: { verbatim: marker } });
    context.core.next({ kind: 'message', message, postingId: '42' });
    await callOf(context, asker, '/imagine a fox');
    expect(await context.find(asker, marker)).toHaveLength(1);
    expect(await context.find(other, marker)).toHaveLength(1);
    const sent = context.core.sent.filter(({ postingId }) => postingId === '42');
    expect(sent).toHaveLength(1);
    const { limits } = await context.place(asker);
    for (const { ref } of sent) {
      await context.setup.platform.edit(
        ref,
        { ...message, lines: [{ verbatim: 'changed' }] },
        context.attempt('edit', limits),
      );
    }
    expect(await context.find(asker, marker)).toMatchObject([{ text: expect.stringContaining('changed'), edits: 1 }]);
  });

  test('reports no place for a reply that owes no posting, and shows nothing for an empty one', async () => {
    const { asker } = context.setup.people;
    const marker = randomUUID();
    const sent = context.core.sent.length;
    context.core.next({ kind: 'message', message: outgoing(asker, { title: { verbatim: marker } }) });
    await callOf(context, asker, '/help');
    const before = await context.setup.seen(asker);
    await callOf(context, asker, '/help');
    expect(await context.setup.seen(asker)).toEqual(before);
    expect(context.core.sent).toHaveLength(sent);
    expect(await context.find(asker, marker)).toHaveLength(1);
  });

  test('shows a private reply and a private message to the one who asked alone', async () => {
    const { asker, other } = context.setup.people;
    const marker = randomUUID();
    const message = outgoing(asker, { title: { verbatim: marker }, audience: 'private' });
    context.core.next({ kind: 'message', message });
    await callOf(context, asker, '/quota');
    await context.postPrivately(asker, message);
    expect(await context.find(asker, marker)).toHaveLength(2);
    expect(await context.find(other, marker)).toEqual([]);
  });

  test('lets nobody press a button of a message they cannot see', async () => {
    const { asker, other } = context.setup.people;
    const marker = randomUUID();
    const actions = [{ id: 'cancel k7m2q4', label: { key: 'action.cancel' }, style: 'danger' }] as const;
    await context.postPrivately(
      asker,
      outgoing(asker, { title: { verbatim: marker }, audience: 'private', actions: [...actions] }),
    );
    const [message] = await context.find(asker, marker);
    const count = context.core.calls.length;
    await expect(context.setup.press(other, message?.id ?? '', 'cancel k7m2q4')).rejects.toThrow();
    expect(context.core.calls).toHaveLength(count);
  });
}

export function describeFiles(context: Context): void {
  const files = async () => [
    { name: 'fox & “snow” <b>.png', type: 'image/png', bytes: await fourColors(8, 8).png().toBuffer() },
    { name: 'notes.txt', type: 'image/png', bytes: Buffer.from('not a picture') },
  ];

  test('opens attached files with the bytes that were sent', async () => {
    const said = await files();
    const call = await callOf(context, context.setup.people.asker, '/imagine a fox', said);
    const claimed = (type: string) => (context.setup.typesItself ? {} : { type });
    expect(call.files).toMatchObject(
      said.map(({ name, type, bytes }) => ({ name, ...claimed(type), bytes: bytes.length })),
    );
    for (const [index, file] of call.files.entries()) {
      const kept = JSON.parse(JSON.stringify(file));
      const opened = await context.setup.platform.open(kept, { signal: new AbortController().signal });
      expect(Buffer.from(await new Response(opened).arrayBuffer()).equals(said[index]?.bytes ?? Buffer.alloc(0))).toBe(
        true,
      );
    }
  });

  test('opens no file under a signal that has fired, and ends one whose signal fires', async () => {
    const [file] = (await callOf(context, context.setup.people.asker, '/imagine a fox', await files())).files;
    if (!file) throw new Error('the file did not reach the core');
    await expect(context.setup.platform.open(file, { signal: AbortSignal.abort() })).rejects.toThrow();
    const controller = new AbortController();
    const opened = await context.setup.platform.open(file, { signal: controller.signal });
    controller.abort();
    await expect(new Response(opened).arrayBuffer()).rejects.toThrow();
  });
}
