import { hasRole } from '#core/actor.ts';
import { privateAnswer } from '#core/commands/answer.ts';
import { type Command, defineAnswer } from '#core/commands/define.ts';
import { commandUsage } from '#core/commands/usage.ts';
import type { Key, Text } from '#src/i18n.ts';

/** Made with the other commands, as it explains them. */
export function helpFor(others: readonly Command[]): Command {
  const help: Command = defineAnswer({
    name: 'help',
    role: 'guest',
    options: [{ name: 'command', kind: 'command', positional: true }],
    answer: (context, options) => {
      const all = [...others, help];
      const one = all.find((command) => command.name === options.command);
      if (one) {
        return privateAnswer(context, {
          title: { verbatim: commandUsage(one) },
          lines: [describe(one)],
          fields: one.options.map((option) => ({
            label: { verbatim: option.positional ? option.name : `--${option.name}` },
            value: { key: `commands.${one.name}.options.${option.name}` as Key },
          })),
        });
      }
      return privateAnswer(context, {
        title: { key: 'commands.help.title' },
        lines: [{ key: 'commands.help.intro' }],
        fields: all
          .filter((command) => hasRole(context.actor, command.role))
          .map((command) => ({ label: { verbatim: commandUsage(command) }, value: describe(command) })),
      });
    },
  });
  return help;
}

function describe(command: Command): Text {
  return { key: `commands.${command.name}.description` as Key };
}
