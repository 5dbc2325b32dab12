/**
 * The page's words and formats in one person's language.
 *
 * @param {Record<string, string>} strings texts by key, with i18next placeholders
 * @param {string} locale BCP 47 tag
 */
export function createWords(strings, locale) {
  const time = new Intl.DateTimeFormat(locale, { hour: 'numeric', minute: '2-digit' });
  const day = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long' });
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  const t = (key, params = {}) =>
    (strings[key] ?? key).replace(/{{(\w+)}}/g, (placeholder, name) => String(params[name] ?? placeholder));
  return {
    t,
    time: (iso) => time.format(new Date(iso)),
    megabytes: (bytes) => number.format(bytes / 2 ** 20),
    /** A language in its own words. */
    language: (tag) => new Intl.DisplayNames([tag], { type: 'language' }).of(tag) ?? tag,
    day(iso) {
      const daysAgo = Math.round((startOfDay(new Date()) - startOfDay(new Date(iso))) / 86_400_000);
      if (daysAgo === 0) return t('messages.today');
      return daysAgo === 1 ? t('messages.yesterday') : day.format(new Date(iso));
    },
  };
}

function startOfDay(date) {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}
