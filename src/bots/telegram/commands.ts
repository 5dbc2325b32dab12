import type { Api } from '#bots/telegram/api.ts';
import { commands } from '#core/commands/index.ts';
import { type Role, roles } from '#core/ports/chat.ts';
import type { I18n, Key } from '#src/i18n.ts';

/** Characters of a command's description; https://core.telegram.org/bots/api#botcommand */
const descriptionMax = 256;

type ScopeType = 'default' | 'all_group_chats' | 'all_chat_administrators';

/** The commands that Telegram offers to some people in one language; `language` is empty for all others. */
export interface CommandMenu {
  scope: ScopeType;
  language: string;
  commands: { command: string; description: string }[];
}

/**
 * The menus in all languages: in private chats people own the place and see every command, in groups what members or
 * administrators may use. A scope that would show the same as the default is empty.
 */
export function commandMenus(i18n: Pick<I18n, 'locales' | 'say'>): CommandMenu[] {
  return languagesOf(i18n).flatMap(({ language, locale }): CommandMenu[] => {
    const all = menuFor(i18n, locale, 'owner');
    const forMembers = menuFor(i18n, locale, 'member');
    const differ = forMembers.length < all.length;
    return [
      { scope: 'default', language, commands: all },
      { scope: 'all_group_chats', language, commands: differ ? forMembers : [] },
      { scope: 'all_chat_administrators', language, commands: differ ? menuFor(i18n, locale, 'admin') : [] },
    ];
  });
}

/** Telegram knows languages by two letters; the first locale of a language speaks for it. */
function languagesOf({ locales }: Pick<I18n, 'locales'>): { language: string; locale: string }[] {
  const byLanguage = new Map<string, string>();
  for (const locale of locales) {
    const { language } = new Intl.Locale(locale);
    if (language.length === 2 && language !== 'en' && !byLanguage.has(language)) byLanguage.set(language, locale);
  }
  return [{ language: '', locale: 'en' }, ...[...byLanguage].map(([language, locale]) => ({ language, locale }))];
}

function menuFor({ say }: Pick<I18n, 'say'>, locale: string, role: Role): CommandMenu['commands'] {
  return commands
    .filter((command) => roles.indexOf(role) <= roles.indexOf(command.role))
    .map(({ name }) => ({
      command: name,
      description: say({ key: `commands.${name}.description` as Key }, { locale, timeZone: 'UTC' }).slice(
        0,
        descriptionMax,
      ),
    }));
}

/** Writes the menus that are not what Telegram shows already. */
export async function registerCommands(api: Api, i18n: Pick<I18n, 'locales' | 'say'>): Promise<void> {
  for (const { scope, language, commands: wanted } of commandMenus(i18n)) {
    const where = { scope: { type: scope }, ...(language === '' ? {} : { language_code: language as 'zh' }) };
    const shown = await api.getMyCommands(where);
    const lines = (menu: CommandMenu['commands']) =>
      menu.map(({ command, description }) => `${command} ${description}`);
    if (lines(shown).join('\n') === lines(wanted).join('\n')) continue;
    if (wanted.length === 0) await api.deleteMyCommands(where);
    else await api.setMyCommands(wanted, where);
  }
}
