import { expect, test } from 'vitest';
import { type CommandMenu, commandMenus } from '#bots/telegram/commands.ts';
import { commands } from '#core/commands/index.ts';
import { i18n } from '#tests/bots/bot-deps.ts';

const menuOf = (scope: CommandMenu['scope'], language: string) =>
  commandMenus(i18n).find((menu) => menu.scope === scope && menu.language === language)?.commands;
const namesOf = (menu: CommandMenu['commands'] | undefined) => menu?.map(({ command }) => command);

test('offers every command in private chats, in every language that there is', () => {
  const all = commands.map(({ name }) => name);
  expect(namesOf(menuOf('default', ''))).toEqual(all);
  expect(namesOf(menuOf('default', 'zh'))).toEqual(all);
  expect(menuOf('default', '')).toContainEqual({ command: 'imagine', description: 'Make pictures from words' });
  const description = i18n.say({ key: 'commands.imagine.description' }, { locale: 'zh-TW', timeZone: 'UTC' });
  expect(menuOf('default', 'zh')).toContainEqual({ command: 'imagine', description });
});

test('offers members of groups no command that only administrators may use', () => {
  const forAdmins = commands.filter(({ role }) => role === 'admin').map(({ name }) => name);
  expect(forAdmins.length).toBeGreaterThan(0);
  for (const language of ['', 'zh']) {
    expect(namesOf(menuOf('all_group_chats', language))).not.toEqual(expect.arrayContaining(forAdmins));
    expect(namesOf(menuOf('all_chat_administrators', language))).toEqual(expect.arrayContaining(forAdmins));
  }
});

test('keeps to what Telegram takes', () => {
  for (const { commands: menu } of commandMenus(i18n)) {
    expect(menu.length).toBeLessThanOrEqual(100);
    for (const { command, description } of menu) {
      expect(command).toMatch(/^[a-z0-9_]{1,32}$/);
      expect(description.length).toBeGreaterThan(0);
      expect(description.length).toBeLessThanOrEqual(256);
    }
  }
});
