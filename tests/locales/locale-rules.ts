/** A locale file as one level: full keys to texts. */
export function flattenLocale(tree: unknown, prefix = ''): Map<string, string> {
  if (typeof tree !== 'object' || tree === null) return new Map([[prefix, String(tree)]]);
  return new Map(
    Object.entries(tree).flatMap(([key, value]) => [...flattenLocale(value, prefix ? `${prefix}.${key}` : key)]),
  );
}

const pluralEnding = /_(zero|one|two|few|many|other)$/;

/** The key that code uses: without a plural's ending. */
export function baseKey(key: string): string {
  return key.replace(pluralEnding, '');
}

/** What is wrong with a language's keys beside English: every text in each plural form of the language, and no other. */
export function findKeyProblems(
  en: ReadonlyMap<string, string>,
  texts: ReadonlyMap<string, string>,
  tag: string,
): string[] {
  const forms = new Intl.PluralRules(tag).resolvedOptions().pluralCategories;
  const expected = new Set(
    [...en.keys()].flatMap((key) => (pluralEnding.test(key) ? forms.map((form) => `${baseKey(key)}_${form}`) : [key])),
  );
  return [
    ...[...expected].filter((key) => !texts.has(key)).map((key) => `${key} is missing`),
    ...[...texts.keys()].filter((key) => !expected.has(key)).map((key) => `${key} is too many`),
    ...[...texts].filter(([, text]) => text.trim() === '').map(([key]) => `${key} is empty`),
  ];
}

/** Names between double braces. */
export function placeholdersOf(text: string): string[] {
  return [...text.matchAll(/\{\{-?\s*([^},]+?)\s*\}\}/g)].map((match) => match[1] ?? '').sort();
}

/** Texts whose placeholders are not English's; plural forms of a text count together, as one of them may leave the number out. */
export function findPlaceholderProblems(en: ReadonlyMap<string, string>, texts: ReadonlyMap<string, string>): string[] {
  const wanted = placeholdersByBase(en);
  return [...placeholdersByBase(texts)]
    .filter(([base, names]) => names !== wanted.get(base))
    .map(([base, names]) => `${base} has ${names || 'none'}, not ${wanted.get(base) || 'none'}`);
}

export function placeholdersByBase(texts: ReadonlyMap<string, string>): Map<string, string> {
  const sets = new Map<string, Set<string>>();
  for (const [key, text] of texts) {
    const names = sets.get(baseKey(key)) ?? new Set();
    for (const name of placeholdersOf(text)) names.add(name);
    sets.set(baseKey(key), names);
  }
  return new Map([...sets].map(([base, names]) => [base, [...names].sort().join(' ')]));
}

/** i18next gives these names a meaning of their own, so a value of that name would change how a text is chosen. */
const reservedNames = new Set(
  'context defaultValue fallbackLng interpolation joinArrays lng lngs nest ns nsSeparator keySeparator ordinal postProcess replace returnDetails returnObjects skipInterpolation'.split(
    ' ',
  ),
);

export function findReservedPlaceholders(texts: ReadonlyMap<string, string>): string[] {
  return [...texts]
    .filter(([, text]) => placeholdersOf(text).some((name) => reservedNames.has(name)))
    .map(([key]) => key);
}

const han = /\p{Script=Han}/u;
const withoutPlaceholders = (text: string) => text.replace(/\{\{[^}]*\}\}/g, '');

/** Texts with Latin words and no Chinese character: forgotten translations, unless they are in `allowed`. */
export function findUntranslated(texts: ReadonlyMap<string, string>, allowed: ReadonlySet<string>): string[] {
  return [...texts]
    .filter(
      ([key, text]) =>
        /[a-z]/i.test(withoutPlaceholders(text)) && !han.test(withoutPlaceholders(text)) && !allowed.has(key),
    )
    .map(([key]) => key);
}

/** Half-width punctuation next to a Chinese character or at the end of a Chinese sentence; `寬:高` is something to type. */
export function findHalfWidth(texts: ReadonlyMap<string, string>): string[] {
  return [...texts]
    .filter(([, text]) => {
      const sentence = text.replaceAll('寬:高', '');
      return (
        /\p{Script=Han}\s*[,;:!?.()]|[,;:!?()]\s*\p{Script=Han}/u.test(sentence) ||
        (han.test(sentence) && /[,;:!?.]$/.test(sentence))
      );
    })
    .map(([key]) => key);
}
