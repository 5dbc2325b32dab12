import { randomBytes, randomUUID } from 'node:crypto';
import sharp from 'sharp';
import { afterEach, describe, expect, test } from 'vitest';
import { limits } from '#bots/discord/limits.ts';
import { type Conversation, DeliveryError, type MessageRef } from '#core/ports/delivery.ts';
import type { OutgoingImage, OutgoingMessage } from '#core/ports/message.ts';
import { enlargeImage } from '#media/enlarge-image.ts';
import { i18n } from '#tests/bots/bot-deps.ts';
import { attempt, endScenes, play, type Scene } from '#tests/bots/discord/scene.ts';
import { noRates } from '#tests/bots/discord/start-discord.ts';
import { planned, replying, titled } from '#tests/bots/outgoing.ts';
import { fourColors } from '#tests/media/pictures.ts';
import type { RecordedRequest } from '#tests/servers/discord-requests.ts';

afterEach(endScenes);

const at = (channel: { id: string }): Conversation => ({ platform: 'discord', channel: channel.id });

const isPost = ({ method, path }: RecordedRequest) => method === 'POST' && path.endsWith('/messages');
const isEdit = ({ method, path }: RecordedRequest) => method === 'PATCH' && /\/messages\/\d+$/.test(path);

async function images(scene: Scene, pictures: readonly Uint8Array[]): Promise<OutgoingImage[]> {
  return Promise.all(
    pictures.map(async (bytes, index) => ({
      ...{ blob: await scene.blobs.put('w', bytes), type: 'png' as const, width: 8, height: 8 },
      alt: { key: 'picture.alt', values: { number: index + 1, total: pictures.length, prompt: 'a fox' } } as const,
      name: `k7m2q4-${index + 1}.png`,
    })),
  );
}

/** A picture that no encoder makes small. */
async function noise(side: number): Promise<Buffer> {
  const raw = { width: side, height: side, channels: 3 as const };
  return sharp(randomBytes(side * side * 3), { raw })
    .png({ compressionLevel: 0 })
    .toBuffer();
}

const gallery = (pictures: OutgoingImage[], more: Partial<OutgoingMessage> = {}) =>
  titled('The gallery', { images: pictures, tone: 'success', ...more });

async function sendCard(scene: Scene): Promise<MessageRef> {
  return scene.bot.platform.send(at(scene.channel), titled('the card'), attempt());
}

describe('below a card', () => {
  test('a gallery goes into a thread that starts on the card, its pages into the same one', async () => {
    const scene = await play('gateway');
    const card = await sendCard(scene);
    const pictures = await images(scene, [await fourColors(8, 8).png().toBuffer()]);
    const under = { card, thread: true };
    const first = await scene.bot.platform.send(at(scene.channel), gallery(pictures), attempt('g1', { under }));
    const second = await scene.bot.platform.send(at(scene.channel), gallery(pictures), attempt('g2', { under }));
    const elsewhere = await scene
      .another()
      .platform.send(at(scene.channel), gallery(pictures), attempt('g3', { under }));
    expect([first, second, elsewhere].map(({ channel }) => channel)).toEqual(Array(3).fill(card.message));
    expect(scene.server.seen(scene.channel, scene.sam)).toMatchObject([{ text: 'the card', threadId: card.message }]);
    expect(scene.server.seen(card.message, scene.sam).map(({ text }) => text)).toEqual(Array(3).fill('The gallery'));
    const started = scene.server.requests.filter(({ path }) => path.endsWith('/threads'));
    expect(started.map(({ body }) => body)).toEqual(Array(2).fill({ name: 'The gallery' }));
  });

  test('a message that needs no thread answers the card', async () => {
    const scene = await play('gateway');
    const card = await sendCard(scene);
    await scene.bot.platform.send(at(scene.channel), gallery([]), attempt('g', { under: { card, thread: false } }));
    expect(scene.server.seen(scene.channel, scene.sam)[1]).toMatchObject({ replyTo: card.message });
  });

  test.each([
    ['may start no threads', (scene: Scene) => scene.channel.forbid('app', ['createPublicThreads'])],
    ['may not write in threads', (scene: Scene) => scene.channel.forbid('app', ['sendMessagesInThreads'])],
  ])('where the bot %s, it answers the card instead, and does not ask again', async (_, forbid) => {
    const scene = await play('gateway');
    const card = await sendCard(scene);
    forbid(scene);
    const under = { card, thread: true };
    for (const key of ['g1', 'g2']) {
      await scene.bot.platform.send(at(scene.channel), gallery([]), attempt(key, { under }));
    }
    const [, ...shown] = scene.server.seen(scene.channel, scene.sam);
    expect(shown).toMatchObject([{ replyTo: card.message }, { replyTo: card.message }]);
    expect(scene.server.requests.filter(({ path }) => path.endsWith('/threads'))).toHaveLength(1);
  });

  test('where all threads are taken, and in direct messages, it answers the card', async () => {
    const scene = await play('gateway', { server: { rates: noRates } });
    const full = scene.server.addGuild({ activeThreadsMax: 0 });
    const sam = full.addMember();
    const channel = full.addChannel();
    for (const place of [channel, sam.dm]) {
      const card = await scene.bot.platform.send(at(place), titled('the card'), attempt());
      await scene.bot.platform.send(at(place), gallery([]), attempt(randomUUID(), { under: { card, thread: true } }));
      expect(scene.server.seen(place, sam)[1]).toMatchObject({ replyTo: card.message });
    }
  });

  test('where the card was deleted, it is a plain message', async () => {
    const scene = await play('gateway');
    const card = { ...(await sendCard(scene)), message: '1100000000000000000' };
    for (const thread of [true, false]) {
      await scene.bot.platform.send(at(scene.channel), gallery([]), attempt(randomUUID(), { under: { card, thread } }));
    }
    expect(scene.server.seen(scene.channel, scene.sam).map(({ replyTo }) => replyTo)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('a card in a thread that was archived can be changed', async () => {
    const scene = await play('gateway');
    const card = await sendCard(scene);
    const under = { card, thread: true };
    const inThread = await scene.bot.platform.send(at(scene.channel), gallery([]), attempt('g', { under }));
    scene.server.channel(card.message).archive();
    await scene.bot.platform.edit(inThread, titled('changed'), attempt());
    expect(scene.server.seen(card.message, scene.sam)).toMatchObject([{ text: 'changed' }]);
    scene.server.channel(card.message).archive({ locked: true });
    const locked = scene.bot.platform.edit(inThread, titled('changed again'), attempt());
    await expect(locked).rejects.toMatchObject({ reason: 'forbidden', retryable: false });
  });
});

describe('a try that is repeated', () => {
  test('finds what was posted when the answer was lost, long after the nonce is forgotten', async () => {
    const scene = await play('gateway', { server: { nonceMs: 0 } });
    const card = await sendCard(scene);
    scene.server.fail({ match: isPost, kind: 'cut_after' });
    const under = { card, thread: true };
    const lost = scene.bot.platform.send(at(scene.channel), gallery([]), attempt('g', { under }));
    await expect(lost).rejects.toMatchObject({ reason: 'network', retryable: true });
    const again = attempt('g', { under, repeat: true });
    const found = await scene.another().platform.send(at(scene.channel), gallery([]), again);
    expect(scene.server.seen(card.message, scene.sam)).toMatchObject([{ id: found.message }]);
    expect(found.channel).toBe(card.message);
  });

  test('finds a card that was shown as a command’s own answer', async () => {
    const scene = await play('webhook', { server: { nonceMs: 0 } });
    const { core, channel, mei } = scene;
    core.next(replying(titled('the card'), '12'));
    await mei.slash(channel, 'imagine', { prompt: 'a fox' });
    await core.untilSent(1);
    const found = await scene.bot.platform.send(
      at(channel),
      titled('the card, later'),
      attempt('posting-12', { repeat: true }),
    );
    expect(found).toEqual(core.sent[0]?.ref);
    expect(scene.server.seen(channel, mei)).toHaveLength(1);
  });

  test('is sent where the bot may not read', async () => {
    const scene = await play('gateway', { server: { nonceMs: 0 } });
    scene.channel.forbid('app', ['readMessageHistory']);
    await scene.bot.platform.send(at(scene.channel), titled('words'), attempt('k'));
    await scene.bot.platform.send(at(scene.channel), titled('words'), attempt('k', { repeat: true }));
    expect(scene.server.seen(scene.channel, scene.sam)).toHaveLength(2);
  });

  test('waits when it cannot be looked up now', async () => {
    const scene = await play('gateway');
    scene.server.fail({
      match: ({ method, path }) => method === 'GET' && path.endsWith('/messages'),
      kind: 'server_error',
    });
    const again = scene.bot.platform.send(at(scene.channel), titled('words'), attempt('k', { repeat: true }));
    await expect(again).rejects.toMatchObject({ reason: 'server', retryable: true });
    expect(scene.server.seen(scene.channel, scene.sam)).toEqual([]);
  });
});

describe('pictures', () => {
  test('that fit are the very bytes, with alt text and spoiler', async () => {
    const scene = await play('gateway');
    const bytes = await fourColors(16, 16).png().toBuffer();
    const [image] = await images(scene, [bytes]);
    if (!image) throw new Error('no picture');
    await scene.bot.platform.send(at(scene.channel), gallery([{ ...image, spoiler: true }]), attempt());
    const [seen] = scene.server.seen(scene.channel, scene.sam);
    expect(seen?.images).toMatchObject([{ alt: 'Picture 1 of 1: a fox', spoiler: true, name: 'k7m2q4-1.png' }]);
    expect(Buffer.from(seen?.images[0]?.bytes ?? []).equals(bytes)).toBe(true);
  });

  test('that are too large are made smaller, those that cannot be sent are named, the rest is shown', async () => {
    const scene = await play('gateway', { server: { fileBytesMax: 60_000 } });
    const [large, small] = [await noise(300), await fourColors(8, 8).png().toBuffer()];
    const pictures = await images(scene, [large, Buffer.from('no picture'), small]);
    const missing: OutgoingImage = {
      ...(pictures[0] as OutgoingImage),
      blob: 'w/gone',
      name: 'k7m2q4-4.png',
      alt: { verbatim: '' },
    };
    const tight = { ...limits, fileBytesMax: 60_000 };
    await scene.bot.platform.send(at(scene.channel), gallery([...pictures, missing]), attempt('g', { limits: tight }));
    const [seen] = scene.server.seen(scene.channel, scene.sam);
    expect(seen?.images.map(({ name }) => name)).toEqual(['k7m2q4-1.jpg', 'k7m2q4-3.png']);
    expect(seen?.text).toContain(
      i18n.say(
        { key: 'delivery.leftOut', values: { count: 2, numbers: { list: [2, 4] } } },
        { locale: 'en', timeZone: 'UTC' },
      ),
    );
  });

  test('that together are over a request are made smaller together', async () => {
    const scene = await play('gateway');
    const pictures = await images(scene, await Promise.all([noise(1700), noise(1700), noise(1700), noise(1700)]));
    pictures.push(...(await images(scene, [await fourColors(8, 8).png().toBuffer()])));
    await scene.bot.platform.send(at(scene.channel), gallery(pictures), attempt());
    const [seen] = scene.server.seen(scene.channel, scene.sam);
    expect(seen?.images).toHaveLength(5);
    expect(new Set(seen?.images.map(({ name }) => name)).size).toBe(5);
  }, 60_000);

  test('of 4096×4096 pixels, over the limit of a file, are shown as large as it takes', async () => {
    const scene = await play('gateway');
    const size = { width: 4096, height: 4096 };
    const { bytes } = await enlargeImage(await noise(1024), size, { signal: new AbortController().signal });
    expect(bytes.byteLength).toBeGreaterThan(limits.fileBytesMax);
    const [one, two] = await images(scene, [bytes, bytes]);
    const pictures = [one, two].flatMap((image) => (image ? [{ ...image, ...size }] : []));
    await scene.bot.platform.send(at(scene.channel), gallery(pictures), attempt());
    const [seen] = scene.server.seen(scene.channel, scene.sam);
    expect(seen?.images.map(({ name }) => name)).toEqual(['k7m2q4-1.jpg', 'k7m2q4-2.jpg']);
    for (const image of seen?.images ?? []) {
      expect(image.bytes?.byteLength).toBeLessThanOrEqual(limits.fileBytesMax);
      expect((await sharp(image.bytes).metadata()).width).toBeGreaterThan(2048);
    }
  }, 120_000);

  test('are made smaller when the channel takes less than it was said', async () => {
    const scene = await play('gateway', { server: { fileBytesMax: 11 * 2 ** 20 } });
    const tooMuch = { ...limits, fileBytesMax: 20 * 2 ** 20 };
    const pictures = await images(scene, [await noise(2100)]);
    await scene.bot.platform.send(at(scene.channel), gallery(pictures), attempt('g', { limits: tooMuch }));
    const ref = await scene.bot.platform.send(at(scene.channel), titled('the card'), attempt());
    await scene.bot.platform.edit(ref, gallery(pictures), attempt('e', { limits: tooMuch }));
    const seen = scene.server.seen(scene.channel, scene.sam);
    expect(seen.map((message) => message.images.length)).toEqual([1, 1]);
    expect(scene.server.requests.filter(({ status }) => status === 413)).toHaveLength(2);
  }, 60_000);

  test('as files are the very bytes, as many as surely fit a request', async () => {
    const scene = await play('gateway');
    const bytes = [await noise(1000), await noise(1000), await noise(1000)];
    const message = gallery(await images(scene, bytes), { imagesAs: 'files' });
    const parts = scene.bot.platform.split(message, limits);
    expect(parts.map((part) => part.images.length)).toEqual([2, 1]);
    for (const part of parts) await scene.bot.platform.send(at(scene.channel), part, attempt());
    const files = scene.server.seen(scene.channel, scene.sam).flatMap((seen) => seen.files);
    expect(files.map((file) => bytes.findIndex((one) => one.equals(file.bytes)))).toEqual([0, 1, 2]);
  });

  test('of a card that changes are uploaded once each, also by another process', async () => {
    const scene = await play('gateway');
    const [one, two, three] = await images(
      scene,
      await Promise.all([8, 9, 10].map((side) => fourColors(side, side).png().toBuffer())),
    );
    if (!one || !two || !three) throw new Error('no pictures');
    const show = (shown: OutgoingImage[]) =>
      titled('the card', { images: shown, progress: { done: shown.length, total: 3 } });
    const ref = await scene.bot.platform.send(at(scene.channel), show([one]), attempt());
    await scene.bot.platform.edit(ref, show([one, two]), attempt());
    await scene.bot.platform.edit(ref, show([one, two]), attempt());
    await scene.another().platform.edit(ref, show([one, two, three]), attempt());
    const uploads = scene.server.requests.map(({ files }) => files.map(({ name }) => name));
    expect(uploads.filter((names) => names.length > 0)).toEqual([['k7m2q4-1.png'], ['k7m2q4-2.png'], ['k7m2q4-3.png']]);
    const [seen] = scene.server.seen(scene.channel, scene.sam);
    expect(seen?.images.map(({ name }) => name)).toEqual(['k7m2q4-1.png', 'k7m2q4-2.png', 'k7m2q4-3.png']);
    await scene.bot.platform.edit(ref, titled('the card'), attempt());
    expect(scene.server.seen(scene.channel, scene.sam)[0]).toMatchObject({ images: [], unseen: [] });
  });

  test('that another process has replaced meanwhile are looked up again', async () => {
    const scene = await play('gateway');
    const [preview, final] = await images(
      scene,
      await Promise.all([8, 40].map((side) => fourColors(side, side).png().toBuffer())),
    );
    if (!preview || !final) throw new Error('no pictures');
    const shownAs = (image: OutgoingImage) => gallery([{ ...image, name: 'k7m2q4-1.png' }]);
    const ref = await scene.bot.platform.send(at(scene.channel), shownAs(preview), attempt());
    await scene.another().platform.edit(ref, shownAs(final), attempt());
    // This process still knows the file that is gone.
    await scene.bot.platform.edit(ref, shownAs(preview), attempt());
    const [seen] = scene.server.seen(scene.channel, scene.sam);
    expect(seen?.images.map(({ bytes }) => bytes.length)).toEqual([(await scene.blobs.read(preview.blob)).length]);
  });

  test('whose bytes have changed under their name are uploaded again', async () => {
    const scene = await play('gateway');
    const [image] = await images(scene, [await fourColors(8, 8).png().toBuffer()]);
    if (!image) throw new Error('no picture');
    const partial = { ...image, blob: 'w/partial-1' };
    await scene.blobs.putTemporary(partial.blob, await fourColors(8, 8).png().toBuffer());
    const ref = await scene.bot.platform.send(at(scene.channel), gallery([partial]), attempt());
    const later = await fourColors(64, 64).png().toBuffer();
    await scene.blobs.putTemporary(partial.blob, later);
    await scene.bot.platform.edit(ref, gallery([partial]), attempt());
    const [seen] = scene.server.seen(scene.channel, scene.sam);
    expect(seen?.images.map(({ bytes }) => Buffer.from(bytes).equals(later))).toEqual([true]);
  });
});

describe('limits and refusals', () => {
  test('what the headers say is handed on before it is hit', async () => {
    const createMessage = { limit: 2, windowMs: 7000 };
    const scene = await play('gateway', { server: { rates: { ...noRates, createMessage } } });
    const pauses: [number, string | undefined][] = [];
    const pause = (waitMs: number, budget?: string) => void pauses.push([waitMs, budget]);
    await scene.bot.platform.send(at(scene.channel), titled('one'), attempt('1', { pause }));
    expect(pauses).toEqual([]);
    await scene.bot.platform.send(at(scene.channel), titled('two'), attempt('2', { pause }));
    expect(pauses).toEqual([[expect.any(Number), undefined]]);
    expect(pauses[0]?.[0]).toBeGreaterThan(5000);
    const early = await scene.bot.platform.send(at(scene.channel), titled('3'), attempt()).catch((thrown) => thrown);
    expect(early).toMatchObject({ reason: 'rate_limited', retryable: true });
    expect(early.retryAfterMs).toBeGreaterThan(5000);
    expect(scene.server.floods).toEqual([]);
  });

  test('the calls of the app stay under 50 in any second, a look for an earlier try among them', async () => {
    const { platform } = (await play('gateway')).bot;
    const drawn = [planned('send'), planned('send', { repeat: true }), planned('edit'), planned('edit', { images: 1 })];
    const budgets = drawn.flatMap((call) => platform.budgets(call));
    expect(budgets.map(({ cost }) => cost)).toEqual([1, 2, 1, 2]);
    for (const { limit, windowMs } of budgets) expect([limit < 50, windowMs > 1000]).toEqual([true, true]);
  });

  test.each([
    ['of the channel', { scope: 'user' } as const, undefined],
    ['of the app', { scope: 'global' } as const, 'global'],
  ])('a 429 %s carries its wait', async (_, scope, budget) => {
    const scene = await play('gateway');
    scene.server.fail({ match: isPost, kind: 'rate_limited', retryAfterMs: 2500, ...scope });
    const error = await scene.bot.platform.send(at(scene.channel), titled('x'), attempt()).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(DeliveryError);
    expect(error).toMatchObject({ reason: 'rate_limited', retryable: true, budget });
    expect(error.retryAfterMs).toBeGreaterThanOrEqual(2500);
    expect(error.retryAfterMs).toBeLessThan(4000);
    const budgets = scene.bot.platform.budgets(planned('send'));
    expect(budget === undefined || budgets.some(({ key }) => key === budget)).toBe(true);
  });

  test.each([
    ['gone', { kind: 'gone' }, { reason: 'gone', retryable: false }],
    ['closed to the bot', { kind: 'forbidden' }, { reason: 'forbidden', retryable: false }],
    [
      'of somebody who blocked it',
      { kind: 'refused', status: 403, code: 50007 },
      { reason: 'forbidden', retryable: false },
    ],
    [
      'of nobody it shares a server with',
      { kind: 'refused', status: 403, code: 50278 },
      { reason: 'forbidden', retryable: false },
    ],
    [
      'not taking the message',
      { kind: 'refused', status: 400, code: 50035 },
      { reason: 'bad_request', retryable: false },
    ],
    ['on a server with a fault', { kind: 'server_error' }, { reason: 'server', retryable: true }],
    ['cut off', { kind: 'drop' }, { reason: 'network', retryable: true }],
    ['edited too often', { kind: 'refused', status: 429, code: 30046 }, { reason: 'rate_limited', retryable: true }],
    ['refusing the token', { kind: 'refused', status: 401, code: 0 }, { reason: 'server', retryable: true }],
  ] as const)('a channel that is %s is told as such', async (_, fault, expected) => {
    const scene = await play('gateway');
    const ref = await sendCard(scene);
    for (const [match, act] of [
      [isPost, () => scene.another().platform.send(at(scene.channel), titled('x'), attempt())],
      [isEdit, () => scene.another().platform.edit(ref, titled('x'), attempt())],
    ] as const) {
      scene.server.fail({ match, ...fault });
      const error = await act().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(DeliveryError);
      expect(error).toMatchObject(expected);
      expect(JSON.stringify([error, String(error)])).not.toContain(scene.server.token);
    }
  });

  test('a bot that was removed, and a channel that was deleted, are told as such', async () => {
    const scene = await play('gateway');
    const other = scene.guild.addChannel();
    other.delete();
    const toDeleted = scene.bot.platform.send(at(other), titled('x'), attempt());
    await expect(toDeleted).rejects.toMatchObject({ reason: 'gone', retryable: false });
    scene.guild.removeApp();
    const toLeft = scene.bot.platform.send(at(scene.channel), titled('x'), attempt());
    await expect(toLeft).rejects.toMatchObject({ reason: 'forbidden', retryable: false });
  });

  test('a person who takes no messages is told as such', async () => {
    const scene = await play('gateway');
    scene.sam.acceptDms(false);
    const { conversation, channel } = await scene.bot.platform.direct(scene.guild.id, scene.sam.id);
    expect(channel).toMatchObject({ platformId: scene.sam.dm.id, name: 'Sam' });
    const sent = scene.bot.platform.send(conversation, titled('x'), attempt());
    await expect(sent).rejects.toMatchObject({ reason: 'forbidden', retryable: false });
  });

  test('whether a person takes messages is found out by a greeting, once for a while', async () => {
    const { bot, guild, mei, sam, server } = await play('gateway');
    const direct = (person: typeof sam) =>
      bot.platform.direct(guild.id, person.id, { greeting: titled('it comes here') });
    sam.acceptDms(false);
    await expect(direct(sam)).rejects.toMatchObject({ reason: 'forbidden', retryable: false });
    expect(await direct(mei)).toMatchObject({ channel: { platformId: mei.dm.id, direct: true } });
    await direct(mei);
    expect(server.seen(mei.dm, mei).map(({ text }) => text)).toEqual([expect.stringContaining('it comes here')]);
    sam.acceptDms(true);
    await direct(sam);
    expect(server.seen(sam.dm, sam)).toHaveLength(1);
  });
});
