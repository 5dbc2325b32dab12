import { flagValue } from '#core/commands/flag-value.ts';
import type { OutgoingForm } from '#core/ports/message.ts';

/** A form that was filled in as the line that somebody would type. */
export function typedLine({ command, value }: Pick<OutgoingForm, 'command' | 'value'>): string {
  return `/${command} ${flagValue(value)}`;
}
