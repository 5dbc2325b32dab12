import type { Message } from '#bots/telegram/api.ts';
import type { Me } from '#bots/telegram/inbound.ts';
import { commands } from '#core/commands/index.ts';

/** What a message says to the bot. */
export interface Words {
  text: string;
  /** Said without a command. */
  bare: boolean;
  /** The picture that is replied to belongs to it. */
  withReplied: boolean;
  /** Below a message of ours, without our name. */
  overheard?: true;
}

interface Said {
  me: Me;
  isPrivate: boolean;
  hasFiles: boolean;
}

/** The commands whose words are prompts; the first is what is meant where none is named. */
const promptCommands = commands
  .filter(({ options }) => options.some(({ kind }) => kind === 'prompts'))
  .map(({ name }) => name);
const knownCommands = new Set(['start', ...commands.map(({ name }) => name)]);
const prompting = `/${promptCommands[0]}`;
const help: Words = { text: '/help', bare: false, withReplied: false };

/** What people send that is neither words nor a file we could use. */
const wordless = [
  'animation',
  'audio',
  'contact',
  'dice',
  'location',
  'poll',
  'sticker',
  'story',
  'venue',
  'video_note',
  'voice',
] as const satisfies readonly (keyof Message)[];

/** Null for what is not said to the bot. */
export function readWords(message: Message, said: Said): Words | null {
  const typed = message.text ?? message.caption ?? '';
  const { me, isPrivate } = said;
  // Whoever passes talk of another chat on does not talk to us.
  if (!isPrivate && message.forward_origin) return null;
  const command = readCommand(typed);
  if (command) return isForUs(command, said) ? readCommandWords(message, command, me) : null;
  if (isPrivate) {
    if (typed === '' && !said.hasFiles && !wordless.some((kind) => kind in message)) return null;
    return typed.startsWith('/') ? { text: typed, bare: false, withReplied: false } : readBare(message, typed, said);
  }
  const words = withoutMention(typed, me);
  if (words === null) {
    const isReply = message.reply_to_message?.from?.id === me.id && typed.trim() !== '';
    return isReply ? { text: typed, bare: true, withReplied: false, overheard: true } : null;
  }
  const mentioned = readCommand(words);
  return mentioned ? readCommandWords(message, mentioned, me) : readBare(message, words, said);
}

interface TypedCommand {
  name: string;
  /** The bot that it names. */
  bot?: string;
  /** All that follows, with the white space before it. */
  rest: string;
}

function readCommand(typed: string): TypedCommand | null {
  const match = /^\/([A-Za-z0-9_]{1,32})(?:@(\w+))?(?=\s|$)([\s\S]*)$/.exec(typed);
  if (!match?.[1]) return null;
  return { name: match[1], rest: match[3] ?? '', ...(match[2] === undefined ? {} : { bot: match[2] }) };
}

/** A group may have several bots: what names none of them is ours where we have such a command. */
function isForUs({ name, bot }: TypedCommand, { me, isPrivate }: Said): boolean {
  if (isPrivate) return true;
  return bot === undefined ? knownCommands.has(name.toLowerCase()) : bot.toLowerCase() === me.username.toLowerCase();
}

function readCommandWords(message: Message, { name, rest }: TypedCommand, me: Me): Words {
  // A deep link's payload comes with it and means nothing to us.
  if (name.toLowerCase() === 'start') return help;
  const prompts = promptCommands.includes(name.toLowerCase());
  const isWordless = /^\s*((--|[—–])[\s\S]*)?$/.test(rest);
  const replied = prompts && isWordless ? repliedWords(message, me) : '';
  const text = replied === '' ? `/${name}${rest}` : [`/${name} ${replied}`, rest.trim()].filter(Boolean).join('\n');
  return { text, bare: false, withReplied: prompts };
}

function readBare(message: Message, words: string, { me, hasFiles }: Said): Words {
  const replied = message.reply_to_message ?? message.external_reply;
  const withReplied = replied !== undefined && message.reply_to_message?.from?.id !== me.id;
  if (words.trim() !== '') return { text: words, bare: true, withReplied };
  const text = repliedWords(message, me);
  if (text !== '') return { text: `${prompting} ${text}`, bare: false, withReplied: true };
  const hasPicture = hasFiles || (replied !== undefined && ('photo' in replied || 'document' in replied));
  // A picture without words: the answer says what is missing.
  return hasPicture ? { text: prompting, bare: false, withReplied: true } : help;
}

/** The words of the message that is replied to, or the part that was picked; a command that they begin with is left out. */
function repliedWords({ quote, reply_to_message: replied }: Message, me: Me): string {
  if (quote?.is_manual) return quote.text.trim();
  if (!replied || replied.from?.id === me.id) return '';
  const text = replied.text ?? replied.caption ?? '';
  const command = readCommand(text);
  if (command) return promptCommands.includes(command.name.toLowerCase()) ? command.rest.trim() : '';
  return (withoutMention(text, me) ?? text).trim();
}

/** The words without the bot's @name; null where it is not in them. */
function withoutMention(typed: string, { username }: Me): string | null {
  const match = new RegExp(`(?<![\\w@/.])@${username}(?!\\w)`, 'i').exec(typed);
  if (!match) return null;
  const before = typed.slice(0, match.index).trimEnd();
  const after = typed.slice(match.index + match[0].length);
  return before === '' ? after.replace(/^[\s,:]+/, '') : `${before}${after}`;
}
