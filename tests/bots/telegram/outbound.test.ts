import { describe, expect, test } from 'vitest';
import { toHtml } from '#bots/telegram/format.ts';
import { layOutButtons, layOutCaptions, layOutText, textOrPlaceholder } from '#bots/telegram/outbound.ts';
import type { OutgoingImage, OutgoingMessage } from '#core/ports/message.ts';
import { i18n } from '#tests/bots/bot-deps.ts';
import { outgoing } from '#tests/bots/outgoing.ts';

const nothing = outgoing();

const card: OutgoingMessage = {
  ...nothing,
  tone: 'progress',
  title: { key: 'card.running', values: { count: 4 } },
  lines: [{ verbatim: 'a <red> fox\nin snow' }, { key: 'card.ahead', values: { count: 7 } }],
  progress: { done: 1, total: 4 },
  fields: [
    { label: { key: 'card.field.batch' }, value: { verbatim: 'k7m2q4' } },
    { label: { key: 'card.field.left' }, value: { key: 'card.left', values: { duration: { seconds: 42 } } } },
  ],
};

describe('a card', () => {
  test('is its title, prompt, progress and fields, in English', () => {
    expect(toHtml(layOutText(i18n, card))).toBe(
      [
        '⏳ <b>Making 4 pictures</b>',
        '',
        '<code>a &lt;red&gt; fox',
        'in snow</code>',
        'About 7 pictures are ahead of it.',
        '',
        '▰▰▱▱▱▱▱▱▱▱ 1/4',
        '',
        '<b>Batch</b>: <code>k7m2q4</code>',
        '<b>Time left</b>: about 45 seconds',
      ].join('\n'),
    );
  });

  test('is the same in Traditional Chinese', () => {
    const html = toHtml(layOutText(i18n, { ...card, locale: 'zh-TW' }));
    expect(html).toContain('⏳ <b>正在製作 4 張圖片</b>');
    expect(html).toContain('<b>批次</b>：<code>k7m2q4</code>');
    expect(html).not.toMatch(/Making|Batch/);
  });

  test.each([
    [0, 4, '▱▱▱▱▱▱▱▱▱▱ 0/4'],
    [3, 4, '▰▰▰▰▰▰▰▱▱▱ 3/4'],
    [499, 500, '▰▰▰▰▰▰▰▰▰▱ 499/500'],
    [500, 500, '▰▰▰▰▰▰▰▰▰▰ 500/500'],
    [0, 0, '▱▱▱▱▱▱▱▱▱▱ 0/0'],
  ])('is full only when all is done: %i of %i', (done, total, bar) => {
    expect(toHtml(layOutText(i18n, { ...nothing, progress: { done, total } }))).toBe(bar);
  });

  test.each([
    ['success', '✅ '],
    ['warning', '⚠️ '],
    ['error', '❌ '],
    ['info', ''],
  ] as const)('begins with the sign of its tone: %s', (tone, sign) => {
    expect(toHtml(layOutText(i18n, { ...nothing, tone, lines: [{ key: 'commands.status.none' }] }))).toMatch(
      new RegExp(`^${sign}You have no batches`),
    );
  });
});

describe('buttons', () => {
  const action = (label: string, style: 'primary' | 'secondary' | 'danger' = 'secondary') => ({
    id: `show ${label}`,
    label: { verbatim: label },
    style,
  });

  test('carry the action and the style that Telegram has for it', () => {
    const actions = [action('a', 'danger'), action('b', 'primary'), action('c')];
    expect(layOutButtons(i18n, { ...nothing, actions })).toEqual([
      [
        { text: 'a', callback_data: 'show a', style: 'danger' },
        { text: 'b', callback_data: 'show b', style: 'primary' },
        { text: 'c', callback_data: 'show c' },
      ],
    ]);
  });

  test('stand side by side while a phone shows their words', () => {
    const widths = (labels: string[]) =>
      layOutButtons(i18n, { ...nothing, actions: labels.map((label) => action(label)) }).map((row) => row.length);
    expect(widths(['Cancel', 'Original files', 'More'])).toEqual([3]);
    expect(widths(['1', '2', '3', '4', '5', '6', '7', '8', '9'])).toEqual([4, 4, 1]);
    expect(widths(['x'.repeat(20), 'y'.repeat(20), 'z'])).toEqual([1, 2]);
    expect(widths([])).toEqual([]);
  });

  test('are the numbers of what can be picked, as many as a keyboard holds, above the others', () => {
    const options = Array.from({ length: 500 }, (_, index) => ({
      ...{ id: `picture k7m2q4 ${index + 1}`, number: index + 1 },
      label: { verbatim: 'a fox' },
    }));
    const offering = { ...nothing, choices: { label: { verbatim: 'pick' }, options }, actions: [action('a')] };
    const rows = layOutButtons(i18n, offering);
    expect(rows.map((row) => row.length)).toEqual([...Array(11).fill(8), 1]);
    expect(rows[0]?.[2]).toEqual({ text: '3', callback_data: 'picture k7m2q4 3' });
    expect(rows.at(-1)?.[0]).toMatchObject({ callback_data: 'show a' });
    expect(toHtml(textOrPlaceholder(i18n, offering))).toBe(i18n.say({ key: 'telegram.choose' }, nothing));
  });

  test('have a sentence above them where the message says nothing else', () => {
    expect(toHtml(textOrPlaceholder(i18n, nothing))).toBe('What else you can do with these pictures:');
    expect(toHtml(textOrPlaceholder(i18n, { ...nothing, locale: 'zh-TW' }))).toBe('這些圖片還可以：');
    expect(toHtml(textOrPlaceholder(i18n, card))).toContain('Making 4 pictures');
  });
});

describe('captions', () => {
  const image = (number: number, prompt = 'a fox'): OutgoingImage => ({
    blob: String(number),
    type: 'png',
    width: 8,
    height: 8,
    name: `${number}.png`,
    alt: { key: 'picture.alt', values: { number, total: 2, prompt } },
  });
  const gallery = { ...nothing, title: { verbatim: 'two foxes' } };

  test('say the words once and under each picture what it shows', () => {
    expect(layOutCaptions(i18n, gallery, [image(1), image(2, '<b>')]).map(toHtml)).toEqual([
      '<code>two foxes</code>\n\nPicture 1 of 2: <code>a fox</code>',
      'Picture 2 of 2: <code>&lt;b&gt;</code>',
    ]);
  });

  test('say which pictures are missing', () => {
    const note = { key: 'delivery.leftOut', values: { count: 1, numbers: { list: [2] } } } as const;
    expect(toHtml(layOutCaptions(i18n, gallery, [image(1)], note)[0] ?? [])).toMatch(
      /^<code>two foxes<\/code>\n\nPicture 2 could not be posted.*\n\nPicture 1 of 2: <code>a fox<\/code>$/,
    );
  });

  test('keep to 1,024 characters: what the picture shows is cut, the words are not', () => {
    const wordy = { ...nothing, lines: [{ verbatim: 'w'.repeat(900) }] };
    const [caption = []] = layOutCaptions(i18n, wordy, [image(1, '🦊'.repeat(500))]);
    const text = caption.map((run) => run.text).join('');
    expect(text.length).toBeLessThanOrEqual(1024);
    expect(text).toMatch(/^w{900}\n\nPicture 1 of 2: (🦊)+…$/u);
  });
});
