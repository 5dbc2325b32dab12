import { describe, expect, it } from 'vitest';
import { createI18n, type Text } from '#src/i18n.ts';

const i18n = createI18n();
const english = { locale: 'en', timeZone: 'UTC' };
const chinese = { locale: 'zh-TW', timeZone: 'Asia/Taipei' };
const typed = (value: string): Text => ({ key: 'field', values: { label: 'a', value } });

describe('numbers, plurals and dates', () => {
  it.each([
    [1, 'Making 1 picture', '正在製作 1 張圖片'],
    [2, 'Making 2 pictures', '正在製作 2 張圖片'],
    [0, 'Making 0 pictures', '正在製作 0 張圖片'],
    [12_345, 'Making 12,345 pictures', '正在製作 12,345 張圖片'],
  ])('%i pictures take the plural of each language', (count, inEnglish, inChinese) => {
    const text: Text = { key: 'card.running', values: { count } };
    expect(i18n.say(text, english)).toBe(inEnglish);
    expect(i18n.say(text, chinese)).toBe(inChinese);
  });

  it('numbers are grouped as the reader groups them', () => {
    const text: Text = { key: 'number', values: { value: 1_234_567.5 } };
    expect(i18n.say(text, english)).toBe('1,234,567.5');
    expect(i18n.say(text, { ...english, locale: 'de' })).toBe('1.234.567,5');
  });

  it('times are those of the reader’s zone, in the reader’s words', () => {
    const at = '2026-03-29T16:30:00.000Z';
    const text = (style: 'time' | 'datetime'): Text => ({ key: 'number', values: { value: { at, style } } });
    expect(i18n.say(text('datetime'), english)).toMatch(/^Mar 29, 2026, 4:30\sPM$/u);
    expect(i18n.say(text('datetime'), chinese)).toBe('2026年3月30日 凌晨12:30');
    expect(i18n.say(text('time'), { ...english, timeZone: 'Europe/Berlin' })).toMatch(/^6:30\sPM$/u);
  });

  it.each([
    [8, 14, '10 seconds to 15 seconds', '10 秒到 15 秒'],
    [50, 130, '50 seconds to 3 minutes', '50 秒到 3 分鐘'],
    [7, 9, '10 seconds', '10 秒'],
  ])(
    '%i to %i seconds are a range, and one duration where they are said alike',
    (seconds, secondsMax, inEnglish, inChinese) => {
      const text: Text = { key: 'number', values: { value: { seconds, secondsMax } } };
      expect(i18n.say(text, english)).toBe(inEnglish);
      expect(i18n.say(text, chinese)).toBe(inChinese);
    },
  );

  it('lists are joined as the language does, their parts said one by one', () => {
    const items = { list: [1_000, 'b', { key: 'roles.guest' } as const] };
    const text: Text = { key: 'list', values: { items } };
    expect(i18n.say(text, english)).toBe('1,000, b, guest');
    expect(i18n.say(text, chinese)).toBe('1,000、b、訪客');
  });

  it('a text within a text is said in the same language', () => {
    const reason: Text = { key: 'errors.provider.content_blocked' };
    const text: Text = { key: 'card.failure', values: { count: 1, numbers: { list: [2] }, reason } };
    expect(i18n.say(text, english)).toBe(
      "Picture 2: The image provider's safety rules did not allow it. It cost nothing.",
    );
    expect(i18n.say(text, chinese)).toBe('第 2 張：影像供應商的安全規則不允許這個內容。不收點數。');
  });

  it('an unknown language falls back to English', () => {
    expect(i18n.say({ key: 'action.cancel' }, { ...english, locale: 'fr' })).toBe('Cancel');
  });
});

describe('what people typed', () => {
  const traps = [
    '{{label}}',
    '{{- label}}',
    '{{value}} {{value}}',
    '$t(action.cancel)',
    '$t(errors.bug, {"reference": "x"})',
    'a $& b $1 $$ c $`',
    '<b>&amp; "quotes"</b>',
    'key.with.dots:and_one',
    '\u202E@everyone *x* `y`',
    '',
  ];

  it.each(traps)('is shown as typed: %j', (value) => {
    expect(i18n.say(typed(value), english)).toBe(`a: ${value}`);
    expect(i18n.say({ verbatim: value }, english)).toBe(value);
    expect(i18n.say({ key: 'list', values: { items: { list: [value] } } }, english)).toBe(value);
  });

  it.each(traps)('is shown as typed inside a nested text: %j', (value) => {
    const nested: Text = { key: 'field', values: { label: { verbatim: value }, value: typed(value) } };
    expect(i18n.say(nested, english)).toBe(`${value}: a: ${value}`);
  });

  it('does not reach the values beside it', () => {
    const text: Text = { key: 'field', values: { label: '{{value}}', value: 'secret' } };
    expect(i18n.say(text, english)).toBe('{{value}}: secret');
  });

  it('is quoted once each, and nothing else is', () => {
    const quote = (value: string) => `[${value}]`;
    const text: Text = {
      key: 'field',
      values: {
        label: { key: 'roles.guest' },
        value: { key: 'list', values: { items: { list: ['a', 5, { verbatim: 'b' }] } } },
      },
    };
    expect(i18n.say(text, english, quote)).toBe('guest: [a], 5, [b]');
    expect(i18n.say({ verbatim: 'x' }, english, quote)).toBe('[x]');
  });
});

describe('the strings of a page', () => {
  it('are those below the prefix, in the language, with their placeholders left in', () => {
    const strings = i18n.strings('playground', 'zh-TW');
    expect(strings['progress.value']).toBe('共 {{total}} 張，已完成 {{done}} 張');
    expect(Object.keys(strings)).toEqual(Object.keys(i18n.strings('playground', 'en')));
  });

  it('are English where there is no such language', () => {
    expect(i18n.strings('playground', 'fr')).toEqual(i18n.strings('playground', 'en'));
  });
});
