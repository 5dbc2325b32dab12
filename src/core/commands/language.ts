import { eq } from 'drizzle-orm';
import { privateAnswer } from '#core/commands/answer.ts';
import { defineCommand } from '#core/commands/define.ts';
import { accounts } from '#db/schema/index.ts';

export const language = defineCommand({
  name: 'language',
  role: 'guest',
  options: [{ name: 'language', kind: 'language', positional: true, clearable: true }],
  run: async (tx, context, options) => {
    const choices = { list: context.deps.i18n.locales };
    if (options.language === undefined) {
      const values = { language: languageName(context.reader.locale), choices };
      return privateAnswer(context, { lines: [{ key: 'commands.language.current', values }] });
    }
    await tx.update(accounts).set({ language: options.language }).where(eq(accounts.id, context.actor.accountId));
    const locale =
      options.language ?? context.deps.i18n.match(context.call.locale) ?? context.settings.language ?? 'en';
    const lines = [{ key: 'commands.language.changed', values: { language: languageName(locale) } } as const];
    return { ...privateAnswer({ reader: { ...context.reader, locale } }, { lines, tone: 'success' }), forget: true };
  },
});

/** A language in its own words. */
export function languageName(locale: string): string {
  return new Intl.DisplayNames(locale, { type: 'language' }).of(locale) ?? locale;
}
