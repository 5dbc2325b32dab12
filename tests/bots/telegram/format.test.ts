import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bold, entitiesOf, fieldRuns, joinRuns, lengthOf, sayRuns, toHtml, toPlain } from '#bots/telegram/format.ts';
import { i18n } from '#tests/bots/bot-deps.ts';
import { parseHtml } from '#tests/servers/telegram-html.ts';

const reader = { locale: 'en', timeZone: 'UTC' };
const taiwan = { locale: 'zh-TW', timeZone: 'Asia/Taipei' };

describe('words', () => {
  test.each([
    ['<b>bold</b> & more', '<code>&lt;b&gt;bold&lt;/b&gt; &amp; more</code>'],
    ['&lt; &amp;amp; &#60;', '<code>&amp;lt; &amp;amp;amp; &amp;#60;</code>'],
    ['</code><a href="tg://user?id=1">x</a>', '<code>&lt;/code&gt;&lt;a href="tg://user?id=1"&gt;x&lt;/a&gt;</code>'],
    ['@everyone #tag /help example.org', '<code>@everyone #tag /help example.org</code>'],
    ['a\u0000b\u0007c\u007f\r', '<code>a␀b␇c␡␍</code>'],
    ['tab\tand\nline', '<code>tab\tand\nline</code>'],
    ['\ue0000\ue001', '<code>\ue0000\ue001</code>'],
    ['', ''],
  ])('show what was typed as code, as it was typed: %j', (typed, html) => {
    expect(toHtml(sayRuns(i18n, { verbatim: typed }, reader))).toBe(html);
  });

  test('of ours stay plain around what was typed', () => {
    const text = { key: 'errors.attachment.notImage', values: { name: '<x> & “y”' } } as const;
    expect(toHtml(sayRuns(i18n, text, reader))).toBe(
      '“<code>&lt;x&gt; &amp; “y”</code>” is not a picture. Attach a PNG, JPEG or WebP file.',
    );
  });

  test('leave an address of ours to Telegram, which makes a link of it', () => {
    const url = 'https://easel.example/files/0123/k7m2q4.zip';
    expect(toHtml(sayRuns(i18n, { url }, reader))).toBe(url);
  });

  test('quote each typed value of a list, and no number', () => {
    const text = { key: 'errors.option.language', values: { value: 'x', choices: { list: ['en', 7] } } } as const;
    expect(toHtml(sayRuns(i18n, text, reader))).toBe(
      'Easel does not speak “<code>x</code>” yet. Available: <code>en</code>, 7.',
    );
  });

  test('are bold around code, never with code inside', () => {
    const title = bold(sayRuns(i18n, { key: 'gallery.title', values: { count: 4, batch: 'k7m2q4' } }, reader));
    expect(toHtml(title)).toBe('<b>4 pictures of batch </b><code>k7m2q4</code>');
  });

  test('put a field as its language does', () => {
    const field = { label: { key: 'card.field.batch' }, value: { verbatim: 'k7m2q4' } } as const;
    expect(toHtml(fieldRuns(i18n, field, reader))).toBe('<b>Batch</b>: <code>k7m2q4</code>');
    expect(toHtml(fieldRuns(i18n, field, taiwan))).toBe('<b>批次</b>：<code>k7m2q4</code>');
  });

  test('survive what Telegram reads out of them, whatever was typed', () => {
    const typed = fc.string({ unit: 'grapheme' }).filter((text) => !/\p{Cc}/u.test(text));
    fc.assert(
      fc.property(typed, typed, (first, second) => {
        const runs = joinRuns(
          [
            bold(sayRuns(i18n, { verbatim: first }, reader)),
            sayRuns(i18n, { key: 'errors.command.unexpected', values: { command: first, text: second } }, reader),
          ],
          '\n',
        );
        const read = parseHtml(toHtml(runs));
        expect(read.text).toBe(toPlain(runs));
        expect(read.text.length).toBe(lengthOf(runs));
        expect(read.entities).toHaveLength(entitiesOf(runs));
        expect(read.text).toContain(first);
      }),
    );
  });
});

test('typed text is code, with an end for every direction that it leaves open', () => {
  const typed = '\u202e\u2067\u202a';
  expect(sayRuns(i18n, { verbatim: typed }, reader)).toEqual([{ text: `${typed}\u202c\u2069\u202c`, style: 'code' }]);
});
