import { readdirSync, readFileSync } from 'node:fs';
import { createInstance } from 'i18next';
import { durationFormat, moneyFormat, numberFormat, timeFormat } from '#src/formatters.ts';
import type en from '../locales/en.json';

type Leaves<T, Prefix extends string = ''> = {
  [K in keyof T & string]: T[K] extends string ? `${Prefix}${K}` : Leaves<T[K], `${Prefix}${K}.`>;
}[keyof T & string];
type Singular<K extends string> = K extends `${infer Base}_${'zero' | 'one' | 'two' | 'few' | 'many' | 'other'}`
  ? Base
  : K;

/** A key of locales/en.json, without its plural ending. */
export type Key = Singular<Leaves<typeof en>>;

/**
 * Words as data: a key with values, something a person typed, or an address of ours that people can open. Put into a language only where it is shown, so that
 * one message can be read in several languages, and every typed value can be escaped by the platform that shows it.
 */
export type Text = { key: Key; values?: Record<string, TextValue> } | { verbatim: string } | { url: string };

/** A string is shown as typed; `count` chooses the plural; `at` is an ISO time; `seconds` is a duration, rounded up as people would say it, `secondsMax` the longest that it may be; `micros` are millionths of a currency; `list` is joined as the language does. */
export type TextValue =
  | string
  | number
  | Text
  | { at: string; style: 'time' | 'datetime' }
  | { seconds: number; secondsMax?: number }
  | { micros: number; currency: string }
  | { list: readonly TextValue[] };

export interface Reader {
  /** BCP 47 tag. */
  locale: string;
  /** IANA name. */
  timeZone: string;
}

export interface I18n {
  /** Tags that have a file in locales/. */
  readonly locales: readonly string[];
  /** Puts a text into the reader's words; `quote` is applied to every typed value. */
  say(text: Text, reader: Reader, quote?: (typed: string) => string): string;
  /** The nearest language that we have for a BCP 47 tag, or undefined when there is none. */
  match(tag: string | undefined): string | undefined;
  /** All strings below a prefix, by the rest of their key; for pages that say them themselves. */
  strings(prefix: string, locale: string): Record<string, string>;
}

/** Far more tags than apps have; what people make up must not fill the memory. */
const matchedMax = 1_000;
const localesFolder = new URL('../locales/', import.meta.url);

/** Reads locales/*.json. A language is one file. */
export function createI18n(): I18n {
  const files = readdirSync(localesFolder).filter((file) => file.endsWith('.json'));
  const trees = Object.fromEntries(
    files.map((file) => [
      file.slice(0, -'.json'.length),
      JSON.parse(readFileSync(new URL(file, localesFolder), 'utf8')),
    ]),
  );
  const i18next = createInstance();
  void i18next.init({
    initAsync: false,
    resources: Object.fromEntries(Object.entries(trees).map(([tag, tree]) => [tag, { translation: tree }])),
    fallbackLng: 'en',
    interpolation: { escapeValue: false },
  });
  const locales = Object.keys(trees).sort();

  function sayValue(value: TextValue, reader: Reader, quote: (typed: string) => string): string {
    if (typeof value === 'string') return quote(value);
    if (typeof value === 'number') return numberFormat(reader.locale).format(value);
    if ('at' in value) return timeFormat(reader.locale, reader.timeZone, value.style).format(new Date(value.at));
    if ('seconds' in value) return sayDurations(value, reader);
    if ('micros' in value) return moneyFormat(reader.locale, value.currency).format(value.micros / 1_000_000);
    if ('list' in value) {
      const parts = value.list.map((part) => sayValue(part, reader, quote));
      return parts.join(sayPlainly('separator', reader.locale));
    }
    return say(value, reader, quote);
  }

  function sayDurations({ seconds, secondsMax = seconds }: { seconds: number; secondsMax?: number }, reader: Reader) {
    const shortest = sayDuration(seconds, reader.locale);
    if (shortest === sayDuration(secondsMax, reader.locale)) return shortest;
    return say({ key: 'durations', values: { from: { seconds }, to: { seconds: secondsMax } } }, reader);
  }

  const matched = new Map<string, string | undefined>();
  /** Sentences without values never change, and are most of what is said. */
  const plain = new Map<string, string>();
  function sayPlainly(key: Key, locale: string): string {
    const id = `${locale} ${key}`;
    const known = plain.get(id);
    if (known !== undefined) return known;
    const said = String(i18next.t(key, { lng: locale, skipOnVariables: true }));
    plain.set(id, said);
    return said;
  }

  function say(text: Text, reader: Reader, quote: (typed: string) => string = (typed) => typed): string {
    if ('verbatim' in text) return quote(text.verbatim);
    if ('url' in text) return text.url;
    if (!text.values) return sayPlainly(text.key, reader.locale);
    const values = Object.entries(text.values ?? {}).map(([name, value]) => [name, sayValue(value, reader, quote)]);
    const count = text.values?.count;
    const options = Object.fromEntries(values);
    if (typeof count === 'number') {
      options.count = count;
      options.number = options.number ?? numberFormat(reader.locale).format(count);
    }
    return String(i18next.t(text.key, { ...options, lng: reader.locale, skipOnVariables: true }));
  }

  return {
    locales,
    say,
    match(tag) {
      if (!tag) return undefined;
      if (!matched.has(tag)) {
        if (matched.size >= matchedMax) matched.clear();
        matched.set(tag, matchLocale(tag, locales));
      }
      return matched.get(tag);
    },
    strings(prefix, locale) {
      const branch = prefix.split('.').reduce((tree, part) => tree?.[part], trees[locale] ?? trees.en);
      return flatten(branch);
    },
  };
}

/** To 5 seconds below a minute, to minutes below an hour and a half, to hours above. */
function sayDuration(seconds: number, locale: string): string {
  const minutes = Math.ceil(seconds / 60);
  const rounded =
    seconds <= 55
      ? { seconds: Math.max(5, Math.ceil(seconds / 5) * 5) }
      : minutes <= 90
        ? { minutes }
        : { hours: Math.ceil(minutes / 60) };
  return durationFormat(locale).format(rounded);
}

function matchLocale(tag: string, locales: readonly string[]): string | undefined {
  let wanted: Intl.Locale;
  try {
    wanted = new Intl.Locale(tag).maximize();
  } catch {
    return undefined;
  }
  const known = locales.map((locale) => ({ locale, full: new Intl.Locale(locale).maximize() }));
  const sameLanguage = known.filter(({ full }) => full.language === wanted.language);
  return (sameLanguage.find(({ full }) => full.script === wanted.script) ?? sameLanguage[0])?.locale;
}

function flatten(tree: unknown, prefix = ''): Record<string, string> {
  if (typeof tree === 'string') return { [prefix.slice(0, -1)]: tree };
  return Object.assign({}, ...Object.entries(tree ?? {}).map(([key, value]) => flatten(value, `${prefix}${key}.`)));
}
