import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { DeliveryError, deliveryErrorReasons } from '#core/ports/delivery.ts';
import type { OutgoingImage } from '#core/ports/message.ts';
import type { Text } from '#src/i18n.ts';
import { i18n } from '#tests/bots/bot-deps.ts';
import { type Context, outgoing, readerOf } from '#tests/contracts/chat-platform-context.ts';
import { fourColors } from '#tests/media/pictures.ts';

export function describeSending(context: Context): void {
  test('shows once what is sent again with the same key', async ({ skip }) => {
    if (context.setup.sendsTwice) return skip(context.setup.sendsTwice);
    const { asker } = context.setup.people;
    const marker = randomUUID();
    const part = outgoing(asker, { title: { verbatim: marker } });
    const { conversation, limits } = await context.place(asker);
    const key = randomUUID();
    const first = await context.setup.platform.send(conversation, part, context.attempt(key, limits));
    const again = await context.setup.platform.send(conversation, part, context.attempt(key, limits, true));
    expect(again).toEqual(first);
    expect(await context.find(asker, marker)).toHaveLength(1);
  });

  test('shows the same words twice when they have two keys', async () => {
    const { asker } = context.setup.people;
    const marker = randomUUID();
    const part = outgoing(asker, { title: { verbatim: marker } });
    const refs = [await context.post(part), await context.post(part)];
    expect(new Set(refs.map((ref) => ref.message)).size).toBe(2);
    expect(await context.find(asker, marker)).toHaveLength(2);
  });

  test('changes a message in its place, counts it, and leaves the others', async () => {
    const { asker } = context.setup.people;
    const marker = randomUUID();
    const part = (words: string) => outgoing(asker, { title: { verbatim: marker }, lines: [{ verbatim: words }] });
    const action = { id: 'cancel k7m2q4', label: { key: 'action.cancel' }, style: 'danger' } as const;
    const first = await context.post({ ...part('old words'), actions: [action] });
    await context.post(part('later words'));
    const { limits } = await context.place(asker);
    const attempt = context.attempt('edit', limits);
    await context.setup.platform.edit(JSON.parse(JSON.stringify(first)), part('new words'), attempt);
    await context.setup.platform.edit(first, part('newest words'), attempt);
    const [changed, later] = await context.find(asker, marker);
    expect(changed).toMatchObject({ edits: 2, actions: [], text: expect.stringContaining('newest words') });
    expect(changed?.text).not.toContain('old words');
    expect(later).toMatchObject({ edits: 0, text: expect.stringContaining('later words') });
  });

  test('refuses to change what is not there, with a reason', async () => {
    const { absent, platform, people } = context.setup;
    const { limits } = await context.place(people.asker);
    for (const ref of [absent, { ...absent, message: 'no such message' }]) {
      const attempt = context.attempt('edit', limits);
      const part = outgoing(people.asker, { lines: [{ verbatim: 'new words' }] });
      const error = await platform.edit(ref, part, attempt).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(DeliveryError);
      expect(error).toMatchObject({ retryable: false, reason: expect.toBeOneOf([...deliveryErrorReasons]) });
    }
  });

  test('changes after a restart what was sent before it, and knows its key', async () => {
    const { asker } = context.setup.people;
    const marker = randomUUID();
    const { conversation, limits } = await context.place(asker);
    const part = outgoing(asker, { title: { verbatim: marker } });
    const ref = await context.setup.platform.send(conversation, part, context.attempt(marker, limits));
    const reopened = await context.setup.reopen();
    if (!context.setup.sendsTwice) {
      expect(await reopened.send(conversation, part, context.attempt(marker, limits, true))).toEqual(ref);
    }
    await reopened.edit(ref, { ...part, lines: [{ verbatim: 'after the restart' }] }, context.attempt('edit', limits));
    expect(await context.find(asker, marker)).toMatchObject([
      { edits: 1, text: expect.stringContaining('after the restart') },
    ]);
  });

  test('shows each picture, unharmed, with its alt text', async () => {
    const { asker } = context.setup.people;
    const marker = randomUUID();
    const bytes = [await fourColors(16, 8).png().toBuffer(), await fourColors(8, 16).jpeg().toBuffer()];
    const alts = ['a fox', `<b>"'&</b> @everyone`].map(
      (prompt, index): Text => ({ key: 'picture.alt', values: { number: index + 1, total: 2, prompt } }),
    );
    const images = await Promise.all(
      bytes.map(async (picture, index): Promise<OutgoingImage> => {
        const type = index === 0 ? 'png' : 'jpeg';
        const blob = await context.setup.putBlob(picture);
        return { blob, type, width: 16, height: 8, alt: alts[index] ?? { verbatim: '' }, name: `${index}.${type}` };
      }),
    );
    await context.post(outgoing(asker, { title: { verbatim: marker }, images }));
    const [seen] = await context.find(asker, marker);
    expect(seen?.images.map(({ alt }) => alt)).toEqual(alts.map((alt) => i18n.say(alt, readerOf(asker))));
    expect(seen?.images.map((image) => Buffer.from(image.bytes))).toEqual(bytes);
  });

  describe('a picture that is taken away', () => {
    /** Three pictures of a batch in one message. */
    async function gallery(count = 3) {
      const { asker } = context.setup.people;
      const marker = randomUUID();
      const images = await Promise.all(
        Array.from({ length: count }, async (_, index): Promise<OutgoingImage> => {
          const bytes = await fourColors(16 + index, 8)
            .png()
            .toBuffer();
          const alt = { key: 'picture.alt', values: { number: index + 1, total: count, prompt: 'a fox' } } as const;
          const blob = await context.setup.putBlob(bytes);
          return { blob, type: 'png', width: 16 + index, height: 8, alt, name: `k7m2q4-${index + 1}.png` };
        }),
      );
      const part = outgoing(asker, { title: { verbatim: marker }, images });
      const { conversation, limits } = await context.place(asker);
      const ref = await context.setup.platform.send(conversation, part, context.attempt(marker, limits));
      /** As the outbox does it: with what was kept when the message was sent. */
      const edit = (kept: number[], lines: Text[] = [], platform = context.setup.platform) =>
        platform.edit(
          JSON.parse(JSON.stringify(ref)),
          { ...part, lines, images: images.filter((_, index) => kept.includes(index + 1)) },
          context.attempt(marker, limits),
        );
      const altOf = (number: number) => i18n.say(images[number - 1]?.alt ?? { verbatim: '' }, readerOf(asker));
      return { asker, marker, ref, edit, altOf };
    }

    test('is not in the message any more, and the others are, whichever it was and however often it is said', async () => {
      for (const gone of [1, 2, 3]) {
        const { asker, marker, edit, altOf } = await gallery();
        const kept = [1, 2, 3].filter((number) => number !== gone);
        const line = { verbatim: `deleted ${marker}` };
        for (let time = 0; time < 2; time += 1) await edit(kept, [line]);
        const seen = await context.find(asker, `deleted ${marker}`);
        expect(seen).toHaveLength(1);
        expect(seen[0]?.images.map(({ alt }) => alt)).toEqual(kept.map(altOf));
      }
    });

    test('goes after a restart too, and then the next', async () => {
      const { asker, marker, edit, altOf } = await gallery();
      const reopened = await context.setup.reopen();
      await edit([1, 3], [], reopened);
      await edit([3], [], reopened);
      const [seen] = await context.find(asker, marker);
      expect(seen?.images.map(({ alt }) => alt)).toEqual([altOf(3)]);
    });

    test('goes with the last of its message, which shows words or nothing', async () => {
      for (const count of [1, 2]) {
        const { asker, marker, edit } = await gallery(count);
        const line = { verbatim: `all deleted ${marker}` };
        for (let time = 0; time < 2; time += 1) await edit([], [line]);
        expect((await context.find(asker, marker)).flatMap(({ images }) => images)).toEqual([]);
      }
    });

    test('is said to be missing, or is done, where somebody has deleted the message', async () => {
      const { edit, ref, asker, marker } = await gallery();
      await context.setup.remove(ref);
      expect(await context.find(asker, marker)).toEqual([]);
      const error = await edit([1, 3]).catch((thrown: unknown) => thrown);
      if (error !== undefined) expect(error).toMatchObject({ reason: 'missing', retryable: false });
      expect((await context.find(asker, marker)).flatMap(({ images }) => images)).toEqual([]);
    });
  });

  test('shows a message that belongs to a card below it or beside it, and one without a card all the same', async () => {
    const { asker } = context.setup.people;
    const { conversation, limits } = await context.place(asker);
    for (const thread of [false, true]) {
      const marker = randomUUID();
      const card = await context.post(outgoing(asker, { title: { verbatim: `card ${marker}` } }));
      const under = { card, thread };
      const ref = await context.setup.platform.send(
        conversation,
        outgoing(asker, { title: { verbatim: `below ${marker}` } }),
        { ...context.attempt(randomUUID(), limits), under },
      );
      expect(await context.find(asker, `below ${marker}`)).toHaveLength(1);
      await context.setup.platform.edit(
        ref,
        outgoing(asker, { title: { verbatim: `changed ${marker}` } }),
        context.attempt('edit', limits),
      );
      expect(await context.find(asker, `changed ${marker}`)).toHaveLength(1);
    }
  });

  test('hides a picture that is to be hidden, where the platform can, and posts files as the very bytes', async () => {
    const { asker } = context.setup.people;
    const bytes = await fourColors(16, 8).png().toBuffer();
    const blob = await context.setup.putBlob(bytes);
    const image: OutgoingImage = {
      blob,
      type: 'png',
      width: 16,
      height: 8,
      alt: { verbatim: 'four colours' },
      name: 'k7m2q4-1.png',
      spoiler: true,
    };
    const marker = randomUUID();
    await context.post(outgoing(asker, { title: { verbatim: `hidden ${marker}` }, images: [image] }));
    const [hidden] = await context.find(asker, `hidden ${marker}`);
    expect(hidden?.images[0]?.spoiler ?? true).toBe(true);
    const { spoiler: _, ...plain } = image;
    await context.post(outgoing(asker, { title: { verbatim: `file ${marker}` }, images: [plain], imagesAs: 'files' }));
    const [file] = await context.find(asker, `file ${marker}`);
    expect(file?.images.map((each) => Buffer.from(each.bytes).equals(bytes))).toEqual([true]);
  });

  test('leaves out a picture that cannot be sent, says which, and shows the rest', async ({ skip }) => {
    if (context.setup.postsAnything) return skip(context.setup.postsAnything);
    const { asker } = context.setup.people;
    const marker = randomUUID();
    const picture = await fourColors(16, 8).png().toBuffer();
    const blobs = [await context.setup.putBlob(picture), await context.setup.putBlob(Buffer.from('no picture'))];
    const images = blobs.map(
      (blob, index): OutgoingImage => ({
        blob,
        type: 'png',
        width: 16,
        height: 8,
        alt: { verbatim: `picture ${index + 1}` },
        name: `k7m2q4-${index + 1}.png`,
      }),
    );
    await context.post(outgoing(asker, { title: { verbatim: marker }, images }));
    const [seen] = await context.find(asker, marker);
    expect(seen?.images).toHaveLength(1);
    const said = i18n.say({ key: 'delivery.leftOut', values: { count: 1, numbers: { list: [2] } } }, readerOf(asker));
    expect(seen?.text).toContain(said);
  });
}
