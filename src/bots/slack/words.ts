import { directionEnds } from '#bots/direction-ends.ts';
import { nameCommands, nativeUsage } from '#bots/slack/commands.ts';
import type { I18n, Reader, Text } from '#src/i18n.ts';

/** Puts a text into the reader's words, as plain text: what is shown, before any escaping. */
export type Say = (text: Text, reader: Reader) => string;

/** Typed values stay as they were typed; our own words name commands as they are typed in Slack. */
export function createSay(i18n: Pick<I18n, 'say'>): Say {
  return (text, reader) => {
    if ('verbatim' in text) return nativeUsage(text.verbatim) ?? quote(text.verbatim);
    const values: string[] = [];
    const own = i18n.say(text, reader, (typed) => `\ufdd0${values.push(quote(typed)) - 1}\ufdd0`);
    return nameCommands(own).replaceAll(/\ufdd0(\d+)\ufdd0/g, (_, index) => values[Number(index)] ?? '');
  };
}

function quote(typed: string): string {
  const wellFormed = typed.toWellFormed();
  return wellFormed + directionEnds(wellFormed);
}
