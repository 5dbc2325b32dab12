import { describe, expect, test } from 'vitest';
import { showMessage, splitMessage } from '#bots/playground/outbound.ts';
import { limits } from '#bots/playground/room.ts';
import type { PlaygroundMessage } from '#bots/playground/store.ts';
import type { OutgoingImage, OutgoingMessage } from '#core/ports/message.ts';
import { createI18n } from '#src/i18n.ts';
import { outgoing } from '#tests/bots/outgoing.ts';

const i18n = createI18n();
const english = { locale: 'en', timeZone: 'UTC' };
const chinese = { locale: 'zh-TW', timeZone: 'UTC' };

describe('showMessage', () => {
  test('puts title, lines and fields into the words of the one who reads, whoever asked', () => {
    const stored = storedMessage({
      title: { key: 'card.running', values: { count: 6 } },
      lines: [{ verbatim: 'a red fox' }, { key: 'card.waiting' }],
      fields: [{ label: { key: 'card.field.batch' }, value: { verbatim: 'k7m2q4' } }],
      progress: { done: 1, total: 6 },
      actions: [{ id: 'cancel k7m2q4', label: { key: 'action.cancel' }, style: 'danger' }],
    });
    expect(showMessage(i18n, stored, english)).toMatchObject({
      author: 'easel',
      text: 'Making 6 pictures\na red fox\nWaiting for its turn.\nBatch: k7m2q4',
      progress: { done: 1, total: 6 },
      actions: [{ id: 'cancel k7m2q4', label: 'Cancel' }],
      edits: 0,
      private: false,
    });
    expect(showMessage(i18n, stored, chinese)).toMatchObject({
      text: '正在製作 6 張圖片\na red fox\n正在排隊等候。\n批次：k7m2q4',
      actions: [{ id: 'cancel k7m2q4', label: '取消' }],
    });
  });

  test('says which lines are addresses of ours, and no typed one is', () => {
    const url = 'https://easel.example/files/0123/k7m2q4.zip';
    const stored = storedMessage({ lines: [{ verbatim: 'https://typed.example' }, { url }] });
    expect(showMessage(i18n, stored, english)).toMatchObject({ lines: ['https://typed.example', url], links: [url] });
  });

  test('has no progress where the message has none', () => {
    expect(showMessage(i18n, storedMessage({}), english).progress).toBeNull();
  });

  test.each([
    ['a kept picture', 'w-1/abc', '/playground/files/w-1/abc'],
    ['a partial picture, by its revision', 'w-1/partial-7', '/playground/files/w-1/partial-7?edit=3'],
    ['a name with odd characters', 'w-1/a b?#%', '/playground/files/w-1/a%20b%3F%23%25'],
  ])('addresses %s', (_, blob, url) => {
    const shown = showMessage(i18n, { ...storedMessage({ images: [picture(0, blob)] }), edits: 3 }, english);
    expect(shown.images).toEqual([{ url, alt: 'picture 0', width: 8, height: 8, name: '0.png' }]);
  });

  test('shows what a person typed as it is, with their files', () => {
    const content = { kind: 'typed', text: '<b>\n@everyone', files: [{ name: 'a.png', blob: 'w/f' }] } as const;
    const stored = {
      ...storedMessage({}),
      author: 'ada',
      reader: 'ada',
      content: { ...content, files: [...content.files] },
    };
    expect(showMessage(i18n, stored, chinese)).toMatchObject({
      author: 'ada',
      text: '<b>\n@everyone',
      lines: ['<b>\n@everyone'],
      private: true,
      images: [],
      attachments: [{ name: 'a.png', url: '/playground/files/w/f' }],
    });
  });
});

describe('splitMessage', () => {
  test.each([
    [0, 50, [0]],
    [1, 50, [1]],
    [50, 50, [50]],
    [51, 50, [50, 1]],
    [120, 50, [50, 50, 20]],
    [3, 1, [1, 1, 1]],
  ])('shows %i pictures, %i a message, as %j', (count, imagesPerMessage, sizes) => {
    const message = outgoing({ images: Array.from({ length: count }, (_, index) => picture(index, `w/${index}`)) });
    const parts = splitMessage(message, { ...limits, imagesPerMessage });
    expect(parts.map((part) => part.images.length)).toEqual(sizes);
  });

  test('keeps the title on every page, and lines, fields and buttons on the first', () => {
    const message = outgoing({
      title: { verbatim: 'title' },
      lines: [{ verbatim: 'line' }],
      fields: [{ label: { verbatim: 'label' }, value: { verbatim: 'value' } }],
      actions: [{ id: 'cancel', label: { key: 'action.cancel' }, style: 'danger' }],
      images: [picture(0, 'w/0'), picture(1, 'w/1')],
    });
    const [first, second] = splitMessage(message, { ...limits, imagesPerMessage: 1 });
    expect(first).toEqual({ ...message, images: [picture(0, 'w/0')] });
    expect(second).toEqual({ ...message, lines: [], fields: [], actions: [], images: [picture(1, 'w/1')] });
  });
});

function storedMessage(content: Partial<OutgoingMessage>): PlaygroundMessage {
  const message = outgoing(content);
  return {
    id: 'm',
    author: 'easel',
    reader: null,
    edits: 0,
    createdAt: new Date(0),
    content: { kind: 'easel', message },
  };
}

function picture(index: number, blob: string): OutgoingImage {
  return { blob, type: 'png', width: 8, height: 8, alt: { verbatim: `picture ${index}` }, name: `${index}.png` };
}
