import { describe, expect, it } from 'vitest';
import { limits } from '#bots/slack/limits.ts';
import { layOut } from '#bots/slack/outbound.ts';
import { createSplit } from '#bots/slack/split-message.ts';
import { createSay } from '#bots/slack/words.ts';
import type { OutgoingImage, OutgoingMessage } from '#core/ports/message.ts';
import { createI18n } from '#src/i18n.ts';
import { checkBlocks } from '#tests/servers/slack-blocks.ts';

const say = createSay(createI18n());
const split = createSplit(say);
const images = Array.from(
  { length: 23 },
  (_, index): OutgoingImage => ({
    blob: `${index}`,
    type: 'png',
    width: 8,
    height: 8,
    alt: { verbatim: `${index}` },
    name: `k7m2q4-${index + 1}.png`,
  }),
);
const message: OutgoingMessage = {
  ...{ locale: 'en', timeZone: 'UTC', audience: 'channel', tone: 'success' },
  title: { verbatim: 'title' },
  lines: [{ verbatim: 'a line' }],
  fields: [{ label: { verbatim: 'label' }, value: { verbatim: 'value' } }],
  progress: { done: 1, total: 2 },
  images,
  imagesAs: 'pictures',
  actions: [{ id: 'help', label: { verbatim: 'help' }, style: 'secondary' }],
};

it('puts ten pictures into a message; each says whose they are, the first everything else but the buttons, which follow', () => {
  const parts = split(message, limits);
  expect(parts.map((part) => part.images.length)).toEqual([10, 10, 3, 0]);
  expect(parts.map(({ title }) => title)).toEqual([message.title, message.title, message.title, undefined]);
  expect(parts.map(({ lines }) => lines.length)).toEqual([1, 0, 0, 0]);
  expect(parts.map(({ fields, actions, progress }) => [fields.length, actions.length, progress !== undefined])).toEqual(
    [
      [1, 0, true],
      [0, 0, false],
      [0, 0, false],
      [0, 1, false],
    ],
  );
});

it('has menus of a hundred choices at most below pictures, as Slack takes them', () => {
  const options = Array.from({ length: 230 }, (_, index) => ({
    id: `picture k7m2q4 ${index + 1}`,
    label: { verbatim: `${index + 1}: ${'& fox '.repeat(20)}` },
    number: index + 1,
  }));
  const parts = split({ ...message, actions: [], choices: { label: { key: 'gallery.choose' }, options } }, limits);
  expect(parts.map(({ choices }) => choices?.options.length)).toEqual([undefined, undefined, undefined, 230]);
  const { blocks, text } = layOut(parts[3] ?? message, say);
  expect(checkBlocks(blocks, 'message', () => undefined).errors).toEqual([]);
  const [{ elements }] = blocks as unknown as [{ elements: { options: { value: string }[] }[] }];
  expect(elements.flatMap((menu) => menu.options.map(({ value }) => value))).toEqual(options.map(({ id }) => id));
  expect(text).toBe(say({ key: 'gallery.choose' }, message));
});

describe('words that are too long for a message', () => {
  const long = Array.from({ length: 3000 }, (_, index) => `word${index}&`).join(' ');
  const parts = split({ ...message, images: [], lines: [{ verbatim: 'first' }, { verbatim: long }] }, limits);

  it('go on in further ones, in order, and none is lost', () => {
    const words = parts.flatMap(({ lines }) => lines.map((line) => say(line, message))).join('\n');
    expect(words.split(/\s+/)).toEqual(['first', ...long.split(' ')]);
    expect(parts.slice(1).every(({ title }) => title === undefined)).toBe(true);
  });

  it('fit, as Slack counts', () => {
    for (const part of parts) {
      const { blocks, text } = layOut(part, say);
      const { errors, texts } = checkBlocks(blocks, 'message', () => undefined);
      expect(errors).toEqual([]);
      expect(texts.join('').length).toBeLessThanOrEqual(limits.textMax);
      expect(text.length).toBeLessThanOrEqual(4000);
    }
  });
});
