import type { Command, CommandOption } from '#core/commands/define.ts';

/** How a command is typed, such as `/imagine <prompt> [--n 1..50] [--ar W:H]`. */
export function commandUsage(command: Pick<Command, 'name' | 'options'>): string {
  return [`/${command.name}`, ...command.options.map(optionUsage)].join(' ');
}

/** The same without its flags, for a list of commands: `/imagine <prompt> …`, where the dots stand for the flags. */
export function briefUsage(command: Pick<Command, 'name' | 'options'>): string {
  const typed = command.options.filter((option) => option.required || option.positional);
  const flags = typed.length < command.options.length ? ['…'] : [];
  return [`/${command.name}`, ...typed.map(optionUsage), ...flags].join(' ');
}

function optionUsage(option: CommandOption): string {
  if (option.required) return `<${option.name}>`;
  if (!option.positional) return `[--${option.name} ${valueUsage(option)}]`;
  return option.kind === 'choice' ? `[${valueUsage(option)}]` : `[${option.name}]`;
}

function valueUsage(option: CommandOption): string {
  switch (option.kind) {
    case 'integer':
      return `${option.min}..${option.max}`;
    case 'ratio':
      return 'W:H';
    case 'switch':
      return 'on|off';
    case 'choice':
      return option.choices.join('|');
    case 'text':
      return 'text';
    default:
      return option.name;
  }
}
