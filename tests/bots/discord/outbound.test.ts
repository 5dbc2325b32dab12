import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fairShare } from '#bots/discord/attach-pictures.ts';
import { conversationOf, messagePath, targetOf } from '#bots/discord/conversation.ts';
import { limits } from '#bots/discord/limits.ts';
import { markerOf } from '#bots/discord/message-marker.ts';
import { messageBody } from '#bots/discord/outbound.ts';
import { splitMessage } from '#bots/discord/split.ts';
import type { PreparedPicture } from '#bots/prepare-pictures.ts';
import type { OutgoingImage, OutgoingMessage, OutgoingPart } from '#core/ports/message.ts';
import type { Text } from '#src/i18n.ts';
import { i18n } from '#tests/bots/bot-deps.ts';
import { titled } from '#tests/bots/outgoing.ts';
import { checkComponents } from '#tests/servers/discord-component-rules.ts';
import type { Component } from '#tests/servers/discord-world.ts';

const bodyOf = (part: OutgoingPart, pictures: PreparedPicture[] = [], marker?: number) =>
  messageBody(i18n, part, { pictures, leftOut: [], marker });

function picture(number: number, alt: Text = { verbatim: `alt ${number}` }): PreparedPicture {
  const image: OutgoingImage = {
    ...{ blob: `${number}`, type: 'png', width: 8, height: 8 },
    alt,
    name: `${number}.png`,
  };
  return { image, name: `${number}.png`, type: 'png', bytes: new Uint8Array(1), width: 8, height: 8 };
}

/** Everything written, in order. */
function textsOf(body: ReturnType<typeof bodyOf>): string[] {
  const read = (components: readonly Component[]): string[] =>
    components.flatMap((one) => [...(one.type === 10 ? [String(one.content)] : []), ...read(one.components ?? [])]);
  return read(body.components as unknown as Component[]);
}

describe('a message', () => {
  test('is a frame in the colour of its tone, with title, bar, lines, fields and buttons', () => {
    const body = bodyOf(
      titled('Making 4 pictures', {
        tone: 'progress',
        lines: [{ verbatim: 'a *fox*' }, { key: 'card.waiting' }],
        fields: [{ label: { key: 'card.field.batch' }, value: { verbatim: 'k7m2q4' } }],
        progress: { done: 1, total: 4 },
        actions: [{ id: 'cancel k7m2q4', label: { key: 'action.cancel' }, style: 'danger' }],
      }),
      [],
      7,
    );
    expect(body).toEqual({
      flags: 32768,
      allowed_mentions: { parse: [] },
      components: [
        {
          type: 17,
          id: 7,
          accent_color: 0x3b82f6,
          components: [
            { type: 10, content: '### Making 4 pictures\n▰▰▰▱▱▱▱▱▱▱▱▱▱▱ 1 / 4\na \\*fox\\*\nWaiting for its turn.' },
            { type: 10, content: '**Batch**: k7m2q4' },
            { type: 1, components: [{ type: 2, style: 4, custom_id: 'cancel k7m2q4', label: 'Cancel' }] },
          ],
        },
      ],
    });
  });

  test('of pictures alone has no frame, so that they are as wide as they can be', () => {
    const body = bodyOf(titled('4 pictures', { images: [picture(1).image] }), [picture(1)]);
    expect(body.components).toEqual([
      { type: 10, content: '### 4 pictures' },
      { type: 12, items: [{ media: { url: 'attachment://1.png' }, description: 'alt 1', spoiler: false }] },
    ]);
  });

  test.each([
    ['one line', 'a title', '### a title'],
    ['several lines', 'a\ntitle', '**a\ntitle**'],
    ['a number sign at its end', 'in C#', '**in C#**'],
    ['a blank at its start', ' a title', '** a title**'],
    ['nothing', '', ''],
  ])('with a title of %s', (_, title, shown) => {
    expect(textsOf(bodyOf(titled(title, { lines: [{ verbatim: 'x' }] })))[0]).toBe(`${shown}\nx`);
  });

  test.each([
    [{ done: 0, total: 3 }, '▱▱▱▱▱▱▱▱▱▱▱▱▱▱ 0 / 3'],
    [{ done: 999, total: 1000 }, '▰▰▰▰▰▰▰▰▰▰▰▰▰▱ 999 / 1,000'],
    [{ done: 3, total: 3 }, '▰▰▰▰▰▰▰▰▰▰▰▰▰▰ 3 / 3'],
    [{ done: 0, total: 0 }, '▱▱▱▱▱▱▱▱▱▱▱▱▱▱ 0 / 0'],
  ])('shows a progress of %j as a bar', (progress, bar) => {
    expect(textsOf(bodyOf(titled('x', { progress })))[0]).toBe(`### x\n${bar}`);
  });

  test('with nothing in it is still a message', () => {
    const { title: _, ...nothing } = titled('');
    expect(textsOf(bodyOf(nothing))).toEqual(['\u200b']);
  });

  test('has each button once, with a label that fits', () => {
    const action = { id: 'a', label: { verbatim: 'l'.repeat(100) }, style: 'primary' } as const;
    const body = bodyOf(titled('x', { actions: [action, action, { ...action, id: 'b' }] }));
    expect(JSON.stringify(body).match(/"custom_id"/g)).toHaveLength(2);
    checkComponents(body.components as unknown as Component[], true, []);
  });

  test('says which pictures are missing, by number or by name', () => {
    const leftOut = [
      picture(1, { key: 'picture.alt', values: { number: 3, total: 4, prompt: 'x' } }).image,
      { ...picture(2).image, name: 'k7m2q4-12.png' },
      { ...picture(3).image, name: 'k7m2q4-sheet-1.jpg' },
    ];
    const body = messageBody(i18n, titled('x'), { pictures: [], leftOut });
    const list = { list: [3, 12, 'k7m2q4-sheet-1.jpg'] };
    const said = i18n.say(
      { key: 'delivery.leftOut', values: { count: 3, numbers: list } },
      { locale: 'en', timeZone: 'UTC' },
    );
    expect(textsOf(body)[0]).toBe(`### x\n${said}`);
  });

  test('that is cut is taken by Discord part by part, and nothing of it is lost', () => {
    const words = fc.string({ unit: fc.constantFrom('a', '*', ' ', '\n', '狐', '🦊', '\\', '> '), maxLength: 6000 });
    const made = fc.record({
      lines: fc.array(words, { maxLength: 6 }),
      value: words,
      title: words,
      buttons: fc.nat(60),
    });
    fc.assert(
      fc.property(made, ({ lines, value, title, buttons }) => {
        const message: OutgoingMessage = titled(title, {
          lines: lines.map((verbatim) => ({ verbatim })),
          fields: [{ label: { verbatim: 'label' }, value: { verbatim: value } }],
          images: Array.from({ length: 12 }, (_, index) => picture(index).image),
          actions: Array.from({ length: buttons }, (_, index) => ({
            ...{ id: `do ${index}`, label: { verbatim: 'x' }, style: 'secondary' as const },
          })),
          progress: { done: 1, total: 2 },
        });
        const parts = splitMessage(i18n, message, limits);
        for (const part of parts) {
          const body = bodyOf(
            part,
            part.images.map((image) => ({ ...picture(0), image, name: image.name })),
          );
          checkComponents(body.components as unknown as Component[], true, []);
        }
        const said = (text: Text) => i18n.say(text, message);
        const shown = parts
          .flatMap((part) => [
            ...(part.title ? [part.title] : []),
            ...part.lines,
            ...part.fields.map((one) => one.value),
          ])
          .map(said)
          .join('');
        const letters = (text: string) => text.replace(/\s|label|:/g, '');
        expect(letters(shown)).toBe(letters([title, ...lines, value].join('')));
        expect(parts.flatMap(({ actions }) => actions)).toEqual(message.actions);
        expect(parts.flatMap(({ images }) => images)).toEqual(message.images);
      }),
      { numRuns: 60 },
    );
  });
});

describe('the share of a file', () => {
  test.each([
    ['all fit', [1, 2, 3], 6, Number.POSITIVE_INFINITY],
    ['all are as large', [4, 4, 4], 9, 3],
    ['what small ones leave goes to large ones', [1, 10, 10], 11, 5],
    ['there are none', [], 5, Number.POSITIVE_INFINITY],
  ])('when %s', (_, sizes, total, share) => {
    expect(fairShare(sizes, total)).toBe(share);
  });
});

describe('a place', () => {
  test('is its channel, or the thread in it', () => {
    expect(conversationOf({ id: '1' })).toEqual({ platform: 'discord', channel: '1' });
    expect(conversationOf({ id: '2', parentId: '1' })).toEqual({ platform: 'discord', channel: '1', thread: '2' });
    expect(targetOf({ platform: 'discord', channel: '1' })).toBe('1');
    expect(targetOf({ platform: 'discord', channel: '1', thread: '2' })).toBe('2');
  });

  test.each(['../users/@me', '', '1/2', 'no such message'])('that is %j is refused before anything is asked', (id) => {
    expect(() => targetOf({ platform: 'discord', channel: id })).toThrow('not an id of Discord');
    expect(() => messagePath({ platform: 'discord', channel: '1', message: id })).toThrow('not an id of Discord');
  });
});

describe('a marker', () => {
  test('is the same for the same key, another for another, and fits', () => {
    const keys = Array.from({ length: 500 }, (_, index) => `posting-${index}`);
    expect(markerOf('posting-1')).toEqual(markerOf('posting-1'));
    expect(new Set(keys.map((key) => markerOf(key).componentId)).size).toBe(keys.length);
    for (const key of keys) {
      const { nonce, componentId } = markerOf(key);
      expect(nonce.length).toBeLessThanOrEqual(25);
      expect(componentId).toBeGreaterThan(1000);
      expect(componentId).toBeLessThan(2 ** 31);
    }
  });
});
