import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { limits } from '#bots/telegram/limits.ts';
import type { Conversation, SendAttempt } from '#core/ports/delivery.ts';
import type { OutgoingImage, OutgoingMessage } from '#core/ports/message.ts';
import { i18n } from '#tests/bots/bot-deps.ts';
import { outgoing, planned } from '#tests/bots/outgoing.ts';
import { type StartedTelegram, startTelegram } from '#tests/bots/telegram/start-telegram.ts';
import { fourColors } from '#tests/media/pictures.ts';
import type { TelegramChat } from '#tests/servers/telegram-groups.ts';
import type { TelegramPerson } from '#tests/servers/telegram-people.ts';

let started: StartedTelegram;
let ada: TelegramPerson;
let group: TelegramChat;

beforeEach(async () => {
  started = await startTelegram('polling');
  ada = started.server.addPerson('Ada', { started: true });
  group = started.server.addChat({ type: 'supergroup', forum: true, creator: ada });
});
afterEach(async () => {
  await started.stop();
  expect(started.server.violations).toEqual([]);
});

const platform = () => started.bot.platform;
const inGroup = (): Conversation => ({ platform: 'telegram', channel: String(group.id) });
const seen = () => started.server.seen(group.id, ada.id).filter(({ service }) => service === undefined);
const callsOf = (method: string) => started.server.requests.filter((request) => request.method === method);
const isCallOf = (method: string) => (request: { method: string }) => request.method === method;

function attempt(changes: Partial<SendAttempt> = {}): SendAttempt {
  return {
    key: randomUUID(),
    workspace: String(group.id),
    repeat: false,
    limits: limits,
    pause: () => undefined,
    saveHandle: async () => undefined,
    ...changes,
  };
}

async function picture(number: number, bytes?: Buffer): Promise<OutgoingImage> {
  const blob = await started.blobs.put(
    randomUUID(),
    bytes ??
      (await fourColors(16, 8 + number)
        .png()
        .toBuffer()),
  );
  const alt = { key: 'picture.alt', values: { number, total: 4, prompt: 'a fox' } } as const;
  return { blob, type: 'png', width: 16, height: 8, name: `k7m2q4-${number}.png`, alt };
}
const pictures = (...numbers: number[]) => Promise.all(numbers.map((number) => picture(number)));
const leftOut = (...numbers: number[]) =>
  i18n.say({ key: 'delivery.leftOut', values: { count: numbers.length, numbers: { list: numbers } } }, outgoing({}));

describe('an album', () => {
  test('is one call, counts each of its pictures, and has its words on the first', async () => {
    const images = await pictures(1, 2, 3, 4);
    const ref = await platform().send(inGroup(), outgoing({ title: { verbatim: 'foxes' }, images }), attempt());
    expect(callsOf('sendMediaGroup')).toHaveLength(1);
    expect(seen().map(({ text }) => text)).toEqual([
      'foxes\n\nPicture 1 of 4: a fox',
      'Picture 2 of 4: a fox',
      'Picture 3 of 4: a fox',
      'Picture 4 of 4: a fox',
    ]);
    expect(new Set(seen().map(({ album }) => album)).size).toBe(1);
    expect(ref.message).toBe(`photo:${seen().map(({ id }, index) => `${id}=k7m2q4-${index + 1}.png`)}`);
    const drawn = platform().budgets(planned('send', { channel: String(group.id), images: 4 }));
    expect(drawn.map(({ key, cost }) => [key.split(':')[0], cost])).toEqual([
      ['all', 4],
      ['chat', 1],
      ['group', 4],
    ]);
  });

  test('of files is documents with the very bytes', async () => {
    const images = await pictures(1, 2);
    await platform().send(inGroup(), outgoing({ images, imagesAs: 'files' }), attempt());
    const bytes = await Promise.all(images.map(({ blob }) => started.blobs.read(blob)));
    expect(seen().flatMap(({ files }) => files.map((file) => Buffer.from(file.bytes)))).toEqual(bytes);
    expect(seen().flatMap(({ files }) => files.map(({ name }) => name))).toEqual(['k7m2q4-1.png', 'k7m2q4-2.png']);
  });

  test('is below its card and in the topic of its conversation', async () => {
    const thread = String(group.addTopic('foxes'));
    const place = { ...inGroup(), thread };
    const card = await platform().send(place, outgoing({ title: { verbatim: 'card' } }), attempt());
    await platform().send(
      place,
      outgoing({ images: await pictures(1, 2) }),
      attempt({ under: { card, thread: true } }),
    );
    const [first, ...album] = seen();
    expect(album.map(({ replyTo, thread: topic }) => [replyTo, topic])).toEqual([
      [first?.id, Number(thread)],
      [first?.id, Number(thread)],
    ]);
  });

  test('that is edited shows other words and pictures in its place', async () => {
    const ref = await platform().send(inGroup(), outgoing({ images: await pictures(1, 2) }), attempt());
    const images = await pictures(3, 4);
    await platform().edit(ref, outgoing({ title: { verbatim: 'changed' }, images }), attempt());
    expect(seen().map(({ text, edits }) => [text, edits])).toEqual([
      ['changed\n\nPicture 3 of 4: a fox', 1],
      ['Picture 4 of 4: a fox', 1],
    ]);
    const older = { ...ref, message: ref.message.replace(/=[^,]*/g, '') };
    const fewer = platform().edit(older, outgoing({ images: images.slice(0, 1) }), attempt());
    await expect(fewer).rejects.toMatchObject({ reason: 'bad_request', retryable: false });
  });
});

describe('a picture that is taken away', () => {
  const ofAlbum = async (changes: Partial<OutgoingMessage> = {}) => {
    const images = await pictures(1, 2, 3);
    const part = outgoing({ title: { verbatim: 'foxes' }, images, ...changes });
    const ref = await platform().send(inGroup(), part, attempt());
    const take = (...gone: number[]) =>
      platform().edit(
        ref,
        { ...part, images: images.filter((_, index) => !gone.includes(index + 1)) },
        attempt({ limits: { ...limits, sendSpacingMs: 0 } }),
      );
    return { take, images };
  };

  test('goes with its own message, and nothing else is uploaded again', async () => {
    const { take } = await ofAlbum();
    await take(1);
    expect(seen().map(({ text }) => text)).toEqual(['foxes\n\nPicture 2 of 4: a fox', 'Picture 3 of 4: a fox']);
    await take(1, 3);
    expect(seen().map(({ text }) => text)).toEqual(['foxes\n\nPicture 2 of 4: a fox']);
    expect(callsOf('editMessageMedia')).toEqual([]);
  });

  test.each(['pictures', 'files'] as const)(
    'from %s of more than 48 hours ago is replaced by one that shows nothing, where the bot is no admin',
    async (imagesAs) => {
      const { take, images } = await ofAlbum({ imagesAs });
      started.server.advance(49 * 3_600_000);
      for (let time = 0; time < 2; time += 1) await take(2);
      expect(seen().map(({ text }) => text)).toEqual([
        'foxes\n\nPicture 1 of 4: a fox',
        'This picture was deleted.',
        'Picture 3 of 4: a fox',
      ]);
      const shown = seen().flatMap(({ images, files }) => [...images, ...files].map(({ bytes }) => Buffer.from(bytes)));
      const before = await Promise.all(images.map(({ blob }) => started.blobs.read(blob)));
      expect(shown.map((bytes, index) => bytes.equals(before[index] ?? new Uint8Array()))).toEqual([true, false, true]);
    },
  );

  test('leaves another one that may stand in its place there, by its slot', async () => {
    const [sheet, one] = await pictures(1, 2);
    if (!sheet || !one) throw new Error('no pictures');
    const images = [{ ...sheet, name: 'k7m2q4-sheet-1.jpg', slot: 'k7m2q4-sheet-1' }, one];
    const ref = await platform().send(inGroup(), outgoing({ images }), attempt());
    const [before] = seen();
    const redrawn = { ...(await picture(3)), name: 'k7m2q4-sheet-1-abc.jpg', slot: 'k7m2q4-sheet-1' };
    await platform().edit(ref, outgoing({ images: [redrawn] }), attempt());
    expect(seen().map(({ id, text }) => [id, text])).toEqual([[before?.id, 'Picture 3 of 4: a fox']]);
    expect(Buffer.from(seen()[0]?.images[0]?.bytes ?? [])).toEqual(await started.blobs.read(redrawn.blob));
  });

  test('counts in the budgets of its edit', () => {
    const drawn = platform().budgets(planned('edit', { channel: '-5', images: 2, removed: 1 }));
    expect(drawn.find(({ key }) => key === 'group:-5')?.cost).toBe(3);
  });
});

describe('a picture that cannot be sent', () => {
  test('because its blob is missing or broken is left out and named', async () => {
    const missing = { ...(await picture(2)), blob: `${randomUUID()}/none` };
    const broken = await picture(3, Buffer.from('not a picture'));
    const images = [await picture(1), missing, broken, await picture(4)];
    await platform().send(inGroup(), outgoing({ title: { verbatim: 'foxes' }, images }), attempt());
    expect(seen().map(({ text }) => text)).toEqual([
      `foxes\n\n${leftOut(2, 3)}\n\nPicture 1 of 4: a fox`,
      'Picture 4 of 4: a fox',
    ]);
  });

  test('because Telegram refuses it by its number is left out and named', async () => {
    const description = 'Bad Request: failed to send message #2 with the error message "PHOTO_INVALID_DIMENSIONS"';
    started.server.fail({ match: isCallOf('sendMediaGroup'), kind: 'refused', description });
    await platform().send(inGroup(), outgoing({ images: await pictures(1, 2, 3) }), attempt());
    expect(seen().map(({ text }) => text)).toEqual([`${leftOut(2)}\n\nPicture 1 of 4: a fox`, 'Picture 3 of 4: a fox']);
  });

  test('because Telegram refuses one without saying which is found, and the others are shown', async () => {
    const third = await picture(3);
    const bytes = Buffer.from(await started.blobs.read(third.blob));
    started.server.fail({
      match: ({ files }) => files.some((file) => bytes.equals(file.bytes)),
      kind: 'refused',
      times: 10,
      description: 'Bad Request: IMAGE_PROCESS_FAILED',
    });
    const [first, second, fourth] = await pictures(1, 2, 4);
    const images = [first, second, third, fourth].filter((image) => image !== undefined);
    await platform().send(inGroup(), outgoing({ title: { verbatim: 'foxes' }, images }), attempt());
    expect(seen().flatMap((message) => message.images)).toHaveLength(3);
    expect(seen().map(({ text }) => text)).toEqual([
      'foxes\n\nPicture 1 of 4: a fox',
      'Picture 2 of 4: a fox',
      leftOut(3),
      'Picture 4 of 4: a fox',
    ]);
  });

  test('though it is the only one leaves its words and buttons', async () => {
    const actions = [{ id: 'show k7m2q4 --as files', label: { key: 'action.originals' }, style: 'primary' }] as const;
    started.server.fail({
      match: isCallOf('sendPhoto'),
      kind: 'refused',
      description: 'Bad Request: PHOTO_INVALID_DIMENSIONS',
    });
    await platform().send(
      inGroup(),
      outgoing({ title: { verbatim: 'foxes' }, images: await pictures(1), actions: [...actions] }),
      attempt(),
    );
    expect(seen()).toMatchObject([
      { text: `foxes\n\n${leftOut(1)}`, actions: [{ data: 'show k7m2q4 --as files', style: 'primary' }] },
    ]);
  });

  test('as it is longer than Telegram shows, is left out; one that is only large is made to fit', async () => {
    const ribbon = await fourColors(2100, 100).png().toBuffer();
    const large = await fourColors(6000, 5000).png().toBuffer();
    const images = [await picture(1, ribbon), await picture(2, large)];
    await platform().send(inGroup(), outgoing({ images }), attempt());
    const [shown] = seen().flatMap((message) => message.images);
    expect(seen()).toHaveLength(1);
    expect(seen()[0]?.text).toContain(leftOut(1));
    expect((shown?.width ?? 0) + (shown?.height ?? 0)).toBeLessThanOrEqual(10_000);
    expect((shown?.width ?? 0) / (shown?.height ?? 1)).toBeCloseTo(1.2, 2);
  });
});

describe('a message', () => {
  const hello = () =>
    outgoing({ title: { verbatim: 'hello' }, lines: [{ verbatim: 'see https://example.org and @Ada' }] });

  test('links, previews and pings nothing that was typed', async () => {
    started.server.addPerson('Bo', { username: 'Ada_B' });
    await platform().send(
      inGroup(),
      outgoing({ lines: [{ verbatim: '@Ada_B https://example.org /help #fox' }] }),
      attempt(),
    );
    expect(seen()).toMatchObject([{ autolinks: [], pings: [] }]);
    expect(seen()[0]).not.toHaveProperty('preview');
  });

  test('follows a group that became a supergroup, and is edited there', async () => {
    const small = started.server.addChat({ type: 'group', creator: ada });
    const moved = small.migrate();
    const ref = await platform().send({ platform: 'telegram', channel: String(small.id) }, hello(), attempt());
    expect(ref.channel).toBe(String(moved.id));
    await platform().edit(ref, outgoing({ title: { verbatim: 'changed' } }), attempt());
    expect(started.server.seen(moved.id, ada.id).map(({ text }) => text)).toContain('changed');
  });

  test('for a topic that is closed or gone is shown in the group', async () => {
    const [closed, gone] = [group.addTopic('closed'), group.addTopic('gone')];
    group.closeTopic(closed);
    group.removeTopic(gone);
    for (const topic of [closed, gone]) {
      await platform().send({ ...inGroup(), thread: String(topic) }, hello(), attempt());
    }
    expect(seen().map(({ thread }) => thread)).toEqual([undefined, undefined]);
  });

  test('below a card that was deleted, or that is in another chat, is shown all the same', async () => {
    const card = await platform().send(inGroup(), hello(), attempt());
    ada.remove({ chatId: group.id, id: Number(card.message.replace('text:', '')) });
    await platform().send(inGroup(), hello(), attempt({ under: { card, thread: false } }));
    const elsewhere = { platform: 'telegram', channel: '12345', message: 'text:1' };
    await platform().send(inGroup(), hello(), attempt({ under: { card: elsewhere, thread: false } }));
    expect(seen().map(({ replyTo }) => replyTo)).toEqual([undefined, undefined]);
  });

  test('that is edited to what it shows already counts as edited', async () => {
    const ref = await platform().send(inGroup(), hello(), attempt());
    await platform().edit(ref, hello(), attempt());
    expect(callsOf('editMessageText').map(({ status }) => status)).toEqual([400]);
    expect(seen()).toMatchObject([{ edits: 0 }]);
  });
});

describe('a failure', () => {
  const send = () => platform().send(inGroup(), outgoing({ title: { verbatim: 'hello' } }), attempt());

  test.each([
    [
      'a flood wait',
      { kind: 'rate_limited', retryAfterMs: 3000 },
      { reason: 'rate_limited', retryable: true, retryAfterMs: 3000 },
    ],
    ['a fault of the server', { kind: 'server_error' }, { reason: 'server', retryable: true }],
    ['a gateway without JSON', { kind: 'html' }, { reason: 'network', retryable: true }],
    ['a connection that is cut', { kind: 'drop' }, { reason: 'network', retryable: true }],
    ['a cut after it was carried out', { kind: 'cut_after' }, { reason: 'network', retryable: true }],
    ['a chat that is gone', { kind: 'gone' }, { reason: 'gone', retryable: false }],
    ['a bot that was kicked', { kind: 'forbidden' }, { reason: 'gone', retryable: false }],
    [
      'an unknown refusal',
      { kind: 'refused', description: 'Bad Request: X' },
      { reason: 'bad_request', retryable: false },
    ],
  ] as const)('says what it is: %s', async (_, fault, expected) => {
    started.server.fail({ match: isCallOf('sendMessage'), ...fault });
    const error = await send().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'DeliveryError', ...expected });
    expect(callsOf('sendMessage'), 'one try and no more').toHaveLength(1);
    const told = error instanceof Error ? `${error.stack} ${JSON.stringify(error.cause)}` : '';
    expect(told).not.toContain(started.server.token.split(':')[1]);
  });

  test('of a right is told as such', async () => {
    group.forbid('text');
    await expect(send()).rejects.toMatchObject({ reason: 'forbidden', retryable: false });
  });

  test('of a person who blocked the bot is told before and when sending', async () => {
    const account = String(ada.id);
    const { conversation, channel } = await platform().direct('x', account);
    expect(channel).toMatchObject({ platformId: account, direct: true, limits: { sendSpacingMs: 1100 } });
    ada.block();
    const forbidden = { reason: 'forbidden', retryable: false };
    await expect(platform().direct('x', account)).rejects.toMatchObject(forbidden);
    await expect(
      platform().send(conversation, outgoing({ title: { verbatim: 'x' } }), attempt()),
    ).rejects.toMatchObject(forbidden);
  });

  test.each(['-100500', 'nobody', ''])('of %j having no private chat is told', async (account) => {
    await expect(platform().direct('x', account)).rejects.toMatchObject({ reason: 'forbidden', retryable: false });
  });
});
