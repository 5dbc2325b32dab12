import { LRUCache } from 'lru-cache';
import { hasRole } from '#core/actor.ts';
import { privateAnswer } from '#core/commands/answer.ts';
import { type Command, type CommandContext, defineAnswer, type Said } from '#core/commands/define.ts';
import { briefUsage, commandUsage } from '#core/commands/usage.ts';
import { isOperator } from '#core/operators.ts';
import type { Key, Text } from '#src/i18n.ts';

const keptMax = 500;

/** Made with the other commands, as it explains them: `ofOperators` to who runs the installation alone. */
export function helpFor(others: readonly Command[], ofOperators: readonly Command[]): Command {
  /** The very same message for all who read alike, so that a platform may lay it out once. */
  const kept = new LRUCache<string, Said>({ max: keptMax });
  const help: Command = defineAnswer({
    name: 'help',
    role: 'guest',
    options: [{ name: 'command', kind: 'command', positional: true }],
    answer(context, options) {
      const { reader, actor, deps, call } = context;
      const operates = isOperator(deps.operators, call);
      const key = [reader.locale, reader.timeZone, actor.role, operates, options.command].join(' ');
      const known = kept.get(key);
      if (known) return known;
      const said = explain(context, [...others, ...(operates ? ofOperators : []), help], options.command);
      kept.set(key, said);
      return said;
    },
  });

  function explain(context: CommandContext, all: readonly Command[], wanted: string | undefined): Said {
    const one = all.find((command) => command.name === wanted);
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
      lines: [{ key: 'commands.help.intro' }, { key: 'commands.help.more' }],
      fields: all
        .filter((command) => hasRole(context.actor, command.role))
        .map((command) => ({ label: { verbatim: briefUsage(command) }, value: describe(command) })),
    });
  }
  return help;
}

function describe(command: Command): Text {
  return { key: `commands.${command.name}.description` as Key };
}
