import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createI18n } from '#src/i18n.ts';
import { readModule } from '#tests/architecture/read-module.ts';
import { readModules } from '#tests/architecture/read-modules.ts';
import {
  baseKey,
  findHalfWidth,
  findKeyProblems,
  findPlaceholderProblems,
  findReservedPlaceholders,
  findUntranslated,
  flattenLocale,
  placeholdersByBase,
} from '#tests/locales/locale-rules.ts';
import { listDerivedKeys, listLiteralKeys, userErrorValues } from '#tests/locales/used-keys.ts';

const folder = new URL('../locales/', import.meta.url);
const locales = new Map(
  readdirSync(folder).map((file) => [
    file.replace(/\.json$/, ''),
    flattenLocale(JSON.parse(readFileSync(new URL(file, folder), 'utf8'))),
  ]),
);
const en = locales.get('en') ?? new Map<string, string>();
const bases = new Set([...en.keys()].map(baseKey));
const source = readModules('src');

/** Units, and a command that reads the same in every language. */
const sameInChinese = new Set(['playground.attach.size', 'playground.welcome.example3']);

describe.each([...locales])('%s', (tag, texts) => {
  it('has exactly the keys of English, in the plural forms of its language, and no empty text', () => {
    expect(findKeyProblems(en, texts, tag)).toEqual([]);
  });

  it('has the same placeholders as English, none with a meaning of its own to i18next', () => {
    expect(findPlaceholderProblems(en, texts)).toEqual([]);
    expect(findReservedPlaceholders(texts)).toEqual([]);
  });
});

describe.each([...locales].filter(([tag]) => tag.startsWith('zh')))('%s', (_tag, texts) => {
  it('leaves no sentence in Latin letters', () => {
    expect(findUntranslated(texts, sameInChinese)).toEqual([]);
  });

  it('uses full-width punctuation', () => {
    expect(findHalfWidth(texts)).toEqual([]);
  });
});

describe('keys', () => {
  it('that code names or puts together from its lists all exist', () => {
    const derived = listDerivedKeys(source);
    expect(derived.length).toBeGreaterThan(80);
    expect(derived.filter((key) => !bases.has(key))).toEqual([]);
    expect(source.flatMap(({ texts }) => texts.filter(({ key }) => !bases.has(key)))).toEqual([]);
  });

  it('are all used', () => {
    const used = new Set([...listDerivedKeys(source), ...listLiteralKeys(source)]);
    expect([...bases].filter((key) => !used.has(key))).toEqual([]);
  });

  it('get every value that their text has a place for', () => {
    const places = placeholdersByBase(en);
    const given = [
      ...[...userErrorValues(source)].map(([code, values]) => ({ key: `errors.${code}`, values })),
      ...source.flatMap(({ texts }) => texts),
    ];
    expect(given.length).toBeGreaterThan(60);
    const problems = given.flatMap(({ key, values }) => {
      const known = values.includes('count') ? [...values, 'number'] : values;
      const lacking = (places.get(key) ?? '').split(' ').filter((name) => name !== '' && !known.includes(name));
      return lacking.map((name) => `${key} gets no ${name}`);
    });
    expect(problems).toEqual([]);
  });
});

describe('the checks themselves', () => {
  const english = flattenLocale({
    a: { pictures_one: '{{number}} picture', pictures_other: '{{number}} pictures' },
    b: 'x',
  });

  it('find a missing, an extra and an empty text, and a plural form of another language', () => {
    const chinese = flattenLocale({ a: { pictures_one: '一張', pictures_other: ' ' }, c: '多' });
    expect(findKeyProblems(english, chinese, 'zh-TW')).toEqual([
      'b is missing',
      'a.pictures_one is too many',
      'c is too many',
      'a.pictures_other is empty',
    ]);
    const polish = flattenLocale({ a: { pictures_one: 'a', pictures_other: 'b' }, b: 'x' });
    expect(findKeyProblems(english, polish, 'pl')).toEqual(['a.pictures_few is missing', 'a.pictures_many is missing']);
    expect(
      findKeyProblems(english, flattenLocale({ a: { pictures_other: '{{number}} 張' }, b: 'x' }), 'zh-TW'),
    ).toEqual([]);
  });

  it('find other placeholders, and names that i18next would take for itself', () => {
    expect(
      findPlaceholderProblems(english, flattenLocale({ a: { pictures_other: '{{ count }} 張' }, b: 'x' })),
    ).toEqual(['a.pictures has count, not number']);
    expect(findReservedPlaceholders(flattenLocale({ a: '{{context}}', b: '{{prompt}}' }))).toEqual(['a']);
  });

  it('find what was not translated, and half-width punctuation in Chinese', () => {
    const texts = flattenLocale({ a: 'Batch {{批次}}', b: '{{number}}', c: 'kept', d: '批次 Batch' });
    expect(findUntranslated(texts, new Set(['c']))).toEqual(['a']);
    const sentences = {
      a: '完成,請看',
      b: '完成了.',
      c: '完成(一)',
      d: '例如 16:9。',
      e: 'Easel, 你好',
      f: '/settings (A)，好',
    };
    expect(findHalfWidth(flattenLocale(sentences))).toEqual(['a', 'b', 'c', 'e']);
  });

  it('read keys and values out of code', () => {
    const module = readModule(
      'src/core/x.ts',
      `say({ key: 'a.b', values: { count, name: 'x' } }); say({ key: 'c', values })`,
    );
    expect(module.texts).toEqual([{ key: 'a.b', values: ['count', 'name'] }]);
  });
});

describe('the language for a tag', () => {
  const { match } = createI18n();

  it.each([
    ['en', 'en'],
    ['en-GB', 'en'],
    ['EN-us', 'en'],
    ['zh-TW', 'zh-TW'],
    ['zh-HK', 'zh-TW'],
    ['zh-Hant', 'zh-TW'],
    ['zh', 'zh-TW'],
    ['zh-CN', 'zh-TW'],
    ['fr', undefined],
    ['x', undefined],
    ['not a tag', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%s is %s', (tag, locale) => {
    expect(match(tag)).toBe(locale);
  });
});
