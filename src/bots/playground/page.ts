import { attachmentBytesMax, type PlaygroundUser, room, users } from '#bots/playground/room.ts';
import { commands } from '#core/commands/index.ts';
import { commandUsage } from '#core/commands/usage.ts';
import type { I18n, Key, Reader } from '#src/i18n.ts';

/** All that the page needs to know before its first message, in one person's language. */
export function describePage(i18n: I18n, user: PlaygroundUser, reader: Reader) {
  const say = (key: string) => i18n.say({ key: key as Key }, reader);
  return {
    user: user.name,
    locale: reader.locale,
    users: users.map(({ name, displayName, role, locale }) => ({
      name,
      displayName,
      role,
      roleName: say(`roles.${role}`),
      locale,
    })),
    room: say('playground.room'),
    strings: i18n.strings('playground', reader.locale),
    commands: commands.map((command) => ({
      name: command.name,
      description: say(`commands.${command.name}.description`),
      usage: commandUsage(command),
      options: command.options.map((option) => ({
        name: option.name,
        kind: option.kind,
        description: say(`commands.${command.name}.options.${option.name}`),
      })),
    })),
    limits: { attachmentBytesMax },
    roomId: room.platformId,
  };
}
