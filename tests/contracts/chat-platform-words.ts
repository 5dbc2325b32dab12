import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { OutgoingImage } from '#core/ports/message.ts';
import type { Text } from '#src/i18n.ts';
import { i18n } from '#tests/bots/bot-deps.ts';
import { type Context, callOf, outgoing, readerOf } from '#tests/contracts/chat-platform-context.ts';
import { typedTexts } from '#tests/contracts/typed-texts.ts';

export function describeWords(context: Context): void {
  test.each(Object.entries(typedTexts))('shows %s exactly as typed', async (_, typed) => {
    const { asker } = context.setup.people;
    const marker = randomUUID();
    const quoted: Text = { key: 'errors.attachment.notImage', values: { name: typed } };
    await context.post(
      outgoing(asker, {
        title: { verbatim: `${marker} ${typed}` },
        lines: [{ verbatim: typed }, quoted],
        fields: [{ label: { verbatim: typed }, value: { verbatim: typed } }],
      }),
    );
    const [seen] = await context.find(asker, marker);
    const shown = seen?.text ?? '';
    expect(shown).toContain(`${marker} ${typed}`);
    expect(shown).toContain(i18n.say(quoted, readerOf(asker)));
    expect(shown.split(typed), 'title, line, sentence, label and value').toHaveLength(6);
  });

  test('shows an address of ours whole and as it is', async () => {
    const { asker } = context.setup.people;
    const marker = randomUUID();
    const url = `https://easel.example/files/${'0123456789abcdef'.repeat(4)}/k7m2q4.zip`;
    await context.post(outgoing(asker, { title: { verbatim: marker }, lines: [{ key: 'card.waiting' }, { url }] }));
    const [seen] = await context.find(asker, marker);
    expect(seen?.text.split(/\s+/)).toContain(url);
  });

  test('speaks the language of the one who reads, with no key and no placeholder left', async () => {
    const texts: Text[] = [
      {
        key: 'card.failure',
        values: { count: 2, numbers: { list: [1, 2] }, reason: { key: 'errors.provider.timeout' } },
      },
      {
        key: 'commands.zip.expires',
        values: { expiresAt: { at: '2026-07-29T20:00:00Z', style: 'datetime' }, batch: 'k7m2q4' },
      },
      { key: 'commands.quota.title', values: { left: 1_234_567 } },
    ];
    for (const person of Object.values(context.setup.people)) {
      const marker = randomUUID();
      const { conversation, limits } = await context.place(person);
      const message = outgoing(person, {
        title: { verbatim: marker },
        lines: texts,
        fields: [{ label: { key: 'card.field.model' }, value: { key: 'roles.owner' } }],
      });
      await context.setup.platform.send(conversation, message, context.attempt(marker, limits));
      const [seen] = await context.find(person, marker);
      for (const text of [...texts, { key: 'card.field.model' } as const, { key: 'roles.owner' } as const]) {
        expect(seen?.text).toContain(i18n.say(text, readerOf(person)));
        expect(seen?.text).not.toContain('key' in text ? text.key : '');
      }
      expect(seen?.text).not.toContain('{{');
    }
  });
}

export function describeSplitting(context: Context): void {
  const pictures = (count: number): OutgoingImage[] =>
    Array.from({ length: count }, (_, index) => ({
      blob: `${index}`,
      type: 'png',
      width: 8,
      height: 8,
      alt: { verbatim: `picture ${index}` },
      name: `${index}.png`,
    }));

  test('splits into parts within the limit: every picture once and in order, the words and buttons once', async () => {
    const { asker } = context.setup.people;
    const own = (await callOf(context, asker, '/help')).channel.limits;
    const action = { id: 'cancel k7m2q4', label: { key: 'action.cancel' }, style: 'danger' } as const;
    for (const imagesPerMessage of [1, 4, 10, own.imagesPerMessage]) {
      for (const count of [0, 1, 2, 9, 10, 11, 50, 101]) {
        const message = outgoing(asker, {
          title: { key: 'gallery.title', values: { count, batch: 'k7m2q4' } },
          lines: [{ verbatim: 'a line' }],
          images: pictures(count),
          actions: [action],
        });
        const parts = context.setup.platform.split(message, { ...own, imagesPerMessage });
        const what = `${count} pictures, ${imagesPerMessage} a message`;
        expect(Math.max(...parts.map((part) => part.images.length)), what).toBeLessThanOrEqual(imagesPerMessage);
        const pages = parts.filter((part) => part.images.length > 0);
        expect(pages, what).toHaveLength(Math.ceil(count / imagesPerMessage));
        // A platform whose albums take no buttons shows them in one more message.
        expect(parts.length - pages.length, what).toBeLessThanOrEqual(1);
        expect(
          parts.flatMap((part) => part.images),
          what,
        ).toEqual(message.images);
        expect(
          parts.flatMap((part) => part.actions),
          what,
        ).toEqual([action]);
        expect(
          parts.flatMap((part) => part.lines),
          what,
        ).toEqual(message.lines);
      }
    }
  });

  test('splits the same message in the same way each time, and leaves it as it was', async () => {
    const { asker } = context.setup.people;
    const { limits } = (await callOf(context, asker, '/help')).channel;
    const message = outgoing(asker, { images: pictures(120), lines: [{ verbatim: 'a line' }] });
    const before = structuredClone(message);
    const first = structuredClone(context.setup.platform.split(message, limits));
    expect(context.setup.platform.split(structuredClone(message), limits)).toEqual(first);
    expect(message).toEqual(before);
  });

  test('splits words that are too long for one message, and loses none', async () => {
    const { asker } = context.setup.people;
    const { conversation, limits } = await context.place(asker);
    const words = Array.from({ length: 900 }, (_, index) => `word${index}`);
    const lines: Text[] = Array.from({ length: 30 }, (_, index) => ({
      verbatim: words.slice(index * 30, index * 30 + 30).join(' '),
    }));
    const long: Text = { verbatim: words.join(' ') };
    const marker = randomUUID();
    const message = outgoing(asker, { title: { verbatim: marker }, lines: [...lines, long] });
    const before = (await context.setup.seen(asker)).length;
    for (const part of context.setup.platform.split(message, limits)) {
      await context.setup.platform.send(conversation, part, context.attempt(randomUUID(), limits));
    }
    const shown = (await context.setup.seen(asker)).slice(before).map(({ text }) => text.split(/\s+/));
    expect(shown.flat().filter((word) => word.startsWith('word'))).toEqual([...words, ...words]);
  });
}
