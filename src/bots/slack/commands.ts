import { commands } from '#core/commands/index.ts';
import { briefUsage, commandUsage } from '#core/commands/usage.ts';

/** Runs whatever follows it: `/easel status k7m2q4`, or `/easel a red fox`. */
export const ownCommand = '/easel';

/** Names that Slack keeps to itself; a manifest with one of them is refused as a whole (invalid name). */
const reserved = new Set([
  'away',
  'collapse',
  'dm',
  'dnd',
  'expand',
  'feed',
  'join',
  'leave',
  'me',
  'msg',
  'mute',
  'open',
  'remind',
  'search',
  'shortcuts',
  'shrug',
  'status',
  'topic',
  'who',
]);

/** The commands that people type by their own name; the others go through `/easel`. */
export const ownNamedCommands = commands.filter(({ name }) => !reserved.has(name));
const unnamed = commands.filter(({ name }) => reserved.has(name));
const mentions = unnamed.map(({ name }) => ({
  pattern: new RegExp(`(?<![\\w/-])/${name}(?![\\w-])`, 'g'),
  typed: `${ownCommand} ${name}`,
}));
const usages = new Map(
  unnamed.flatMap((command) =>
    [commandUsage(command), briefUsage(command)].map((usage) => [usage, `${ownCommand} ${command.name}`] as const),
  ),
);

/** Our own words, with each command as it is typed in Slack. */
export function nameCommands(words: string): string {
  return mentions.reduce((said, { pattern, typed }) => said.replaceAll(pattern, typed), words);
}

/** The usage of a command as it is typed in Slack; undefined for any other text. */
export function nativeUsage(verbatim: string): string | undefined {
  const typed = usages.get(verbatim);
  return typed === undefined ? undefined : verbatim.replace(/^\/\S+/, typed);
}

/** What a slash command means: `/imagine a fox` as it is; after `/easel` a command, or else words to the bot. */
export function readSlash(command: string, text: string): { text: string; bare?: boolean } {
  if (command !== ownCommand) return { text: text === '' ? command : `${command} ${text}` };
  const name = /^\/?([\w-]+)(?=\s|$)/.exec(text)?.[1]?.toLowerCase();
  if (text.trim() === '') return { text: '/help' };
  if (commands.some((known) => known.name === name)) return { text: text.startsWith('/') ? text : `/${text}` };
  return text.startsWith('/') ? { text } : { text, bare: true };
}
