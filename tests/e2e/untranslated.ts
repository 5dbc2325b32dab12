import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';

/** Every English sentence, unfilled placeholder or bare key that the page shows where Chinese was due. */
export async function englishLeftovers(page: Page, url: string): Promise<string[]> {
  const shown = await page.evaluate<string>(
    `[document.body.innerText, ...[...document.querySelectorAll('[aria-label], [title], [alt], [placeholder]')].flatMap(
      (element) => ['aria-label', 'title', 'alt', 'placeholder'].map((name) => element.getAttribute(name) ?? ''),
    )].join('\\n')`,
  );
  const english = await readTexts('en');
  const chinese = await readTexts('zh-TW');
  const session = await page.request.get(`${url}/playground/api/bootstrap?user=bo`);
  const { strings } = (await session.json()) as { strings: Record<string, string> };
  const pageKeys = Object.keys(strings);
  const keys = [...english.keys(), ...pageKeys].filter((key) => key.includes('.'));
  const sentences = [...english]
    // A command is typed the same in every language.
    .filter(([, text]) => text.includes(' ') && !text.includes('{{') && !text.startsWith('/'))
    .filter(([key, text]) => text !== chinese.get(key))
    .map(([, text]) => text);
  return ['{{', ...keys, ...sentences].filter((leftover) => shown.includes(leftover));
}

async function readTexts(locale: string): Promise<Map<string, string>> {
  const file = await readFile(new URL(`../../locales/${locale}.json`, import.meta.url), 'utf8');
  return new Map(flatten(JSON.parse(file)));
}

function flatten(node: unknown, prefix = ''): [string, string][] {
  if (typeof node === 'string') return [[prefix, node]];
  return Object.entries(node as object).flatMap(([key, value]) => flatten(value, prefix ? `${prefix}.${key}` : key));
}
