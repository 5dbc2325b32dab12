import { flagValue } from '#core/commands/flag-value.ts';

/** A typed option of a command, in Discord's order. */
export interface TypedOption {
  name: string;
  value: string | number | boolean;
}

/** What is known of a declared command here. */
interface Declared {
  name: string;
  options: readonly { name: string; kind: string; positional?: true }[];
}

/**
 * A command with typed options as the line that somebody would type. Behind prompts the other options stand on a line
 * of their own: they hold for every prompt, and a prompt's own flags go before them.
 */
export function commandText(name: string, options: readonly TypedOption[], declared: Declared | undefined): string {
  const positionals = declared?.options.filter((option) => option.positional) ?? [];
  const typed = positionals.flatMap((positional) => options.filter((option) => option.name === positional.name));
  const flags = options
    .filter((option) => !typed.includes(option))
    .map((option) => `--${option.name} ${flagValue(String(option.value))}`)
    .join(' ');
  const head = [`/${name}`, ...typed.map(({ value }) => String(value))].join(' ');
  if (flags === '') return head;
  return positionals[0]?.kind === 'prompts' ? `${head}\n${flags}` : `${head} ${flags}`;
}

/** The half-typed line that a value is wanted for, up to the cursor. */
export function completionText(name: string, focused: TypedOption, declared: Declared | undefined): string {
  // Behind the first come only values that nobody completes.
  const isPositional = declared?.options.find((option) => option.positional)?.name === focused.name;
  return isPositional ? `/${name} ${focused.value}` : `/${name} --${focused.name} ${focused.value}`;
}
