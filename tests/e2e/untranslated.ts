import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';

/** Every bare key and unfilled placeholder that the page shows in place of words. */
export async function bareKeys(page: Page): Promise<string[]> {
  const shown = await shownTexts(page);
  const keys = [...(await readTexts('en')).keys()].map((key) => key.replace(/_(zero|one|two|few|many|other)$/, ''));
  const pageKeys = keys.flatMap((key) => (key.startsWith('playground.') ? [key.replace('playground.', '')] : []));
  const dotted = [...keys, ...pageKeys].filter((key) => key.includes('.'));
  return ['{{', ...new Set(dotted)].filter((key) => shown.includes(key));
}

/** Every English sentence that the page shows where Chinese was due. */
export async function englishLeftovers(page: Page): Promise<string[]> {
  const shown = await shownTexts(page);
  const chinese = await readTexts('zh-TW');
  const sentences = [...(await readTexts('en'))]
    // A command is typed the same in every language.
    .filter(([, text]) => text.includes(' ') && !text.includes('{{') && !text.startsWith('/'))
    .filter(([key, text]) => text !== chinese.get(key));
  return sentences.map(([, text]) => text).filter((text) => shown.includes(text));
}

/** All that is read on the page or read aloud from it. */
function shownTexts(page: Page): Promise<string> {
  return page.evaluate<string>(
    `[document.body.innerText, ...[...document.querySelectorAll('[aria-label], [title], [alt], [placeholder]')].flatMap(
      (element) => ['aria-label', 'title', 'alt', 'placeholder'].map((name) => element.getAttribute(name) ?? ''),
    )].join('\\n')`,
  );
}

async function readTexts(locale: string): Promise<Map<string, string>> {
  const file = await readFile(new URL(`../../locales/${locale}.json`, import.meta.url), 'utf8');
  return new Map(flatten(JSON.parse(file)));
}

function flatten(node: unknown, prefix = ''): [string, string][] {
  if (typeof node === 'string') return [[prefix, node]];
  return Object.entries(node as object).flatMap(([key, value]) => flatten(value, prefix ? `${prefix}.${key}` : key));
}
