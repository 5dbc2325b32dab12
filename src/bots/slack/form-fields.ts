import { shorten } from '#bots/cut-text.ts';
import type { Block } from '#bots/slack/outbound.ts';

/** Limits of docs.slack.dev/reference/block-kit: characters of a label or hint, of a choice and of its value; choices of a menu. */
const labelCharsMax = 2000;
const choiceCharsMax = 75;
export const valueCharsMax = 150;
const choicesMax = 100;

/** One field of a form; its block and its action have the same name. */
export function input(
  name: string,
  label: string,
  optional: boolean,
  field: Record<string, unknown>,
  hint?: string,
): Block {
  return {
    type: 'input',
    block_id: name,
    label: plain(label, labelCharsMax),
    optional,
    ...(hint === undefined ? {} : { hint: plain(hint, labelCharsMax) }),
    element: { action_id: name, ...field },
  };
}

/** The choices of a menu, without those that do not fit. */
export function options(choices: readonly { label: string; value: string }[]): Record<string, unknown>[] {
  const fitting = choices.filter(({ value }) => value.length <= valueCharsMax).slice(0, choicesMax);
  return fitting.map(({ label, value }) => ({ text: plain(label, choiceCharsMax), value }));
}

export function plain(text: string, max: number) {
  return { type: 'plain_text', text: shorten(text, max), emoji: false };
}
