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
  const positional = declared?.options.find((option) => option.positional);
  const typed = options.find((option) => option.name === positional?.name);
  const flags = options
    .filter((option) => option !== typed)
    .map((option) => `--${option.name} ${flagValue(String(option.value))}`)
    .join(' ');
  const head = [`/${name}`, ...(typed ? [String(typed.value)] : [])].join(' ');
  if (flags === '') return head;
  return positional?.kind === 'prompts' ? `${head}\n${flags}` : `${head} ${flags}`;
}

/** The half-typed line that a value is wanted for, up to the cursor. */
export function completionText(name: string, focused: TypedOption, declared: Declared | undefined): string {
  const isPositional = declared?.options.some((option) => option.positional && option.name === focused.name);
  return isPositional ? `/${name} ${focused.value}` : `/${name} --${focused.name} ${focused.value}`;
}
