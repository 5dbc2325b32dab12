import { isBatchId } from '#core/batches/batch-id.ts';
import type { Command, Vocabulary } from '#core/commands/define.ts';
import { imagine } from '#core/commands/imagine.ts';
import { commands } from '#core/commands/index.ts';
import { picture } from '#core/commands/picture.ts';
import { readNumbers } from '#core/commands/read-numbers.ts';
import { readOptions } from '#core/commands/read-options.ts';
import { UserError } from '#core/errors.ts';
import type { CommandCall } from '#core/ports/chat.ts';
import type { Replied } from '#core/postings/find-replied.ts';
import { cleanText } from '#core/prompts/clean-text.ts';
import { nearest } from '#core/prompts/nearest.ts';

/** A command with the text behind its name. */
interface Typed {
  command: Command;
  rest: string;
}

/** Splits `/imagine@easel a fox` into the command and the rest. */
export function readCommand(text: string): Typed {
  const match = /^\s*\/?([\p{L}\p{N}_-]+)(?:@[\w.-]+)?(?=\s|$)\s*([\s\S]*)$/u.exec(cleanText(text));
  if (!match?.[1]) throw new UserError('command.none');
  const name = match[1].toLowerCase();
  const command = commands.find((candidate) => candidate.name === name);
  if (!command) {
    throw new UserError('command.unknown', {
      command: name,
      nearest: nearest(
        name,
        commands.map((known) => known.name),
      ),
    });
  }
  return { command, rest: match[2] ?? '' };
}

/** What was said without a command sign: a command when it reads as a whole one, else a prompt. */
export function readBare(text: string, vocabulary: Vocabulary): Typed {
  const read = /^\s*\//.test(text) ? readCommand(text) : readWholeCommand(text, vocabulary);
  return read ?? { command: imagine, rest: cleanText(text) };
}

/**
 * What an answer to a batch's message asks for: numbers alone are its pictures, and a command that names no batch is
 * about it, and about its picture where it shows one alone and the command needs one. Undefined for anything else.
 */
export function readReply(
  { text, bare }: Pick<CommandCall, 'text' | 'bare'>,
  { batchId, numbers }: Pick<Replied, 'batchId' | 'numbers'>,
  vocabulary: Vocabulary,
): Typed | undefined {
  if (bare && isNumbers(text)) return { command: picture, rest: `${batchId} ${text}` };
  const read = known(() => readCommand(text));
  if (!read?.command.options.some(({ kind }) => kind === 'batch')) return undefined;
  const { command, rest } = read;
  const about = { command, rest: `${batchId} ${rest}` };
  const [number] = numbers.length === 1 ? numbers : [];
  const one = number === undefined ? [] : [{ command, rest: `${batchId} ${number} ${rest}` }];
  const whole = [read, about, ...one].find((typed) => namesBatch(typed, vocabulary) && isWhole(typed, vocabulary));
  if (whole || (bare && !/^\s*\//.test(text))) return whole;
  return batchOf(read, vocabulary) === undefined ? about : read;
}

/** Whether what was overheard cannot mean anything but talk. */
export function isTalk(call: Pick<CommandCall, 'text' | 'bare' | 'overheard'>, vocabulary: Vocabulary): boolean {
  return call.overheard === true && !readReply(call, { batchId: '000000', numbers: [1] }, vocabulary);
}

function isNumbers(text: string): boolean {
  return known(() => readNumbers(text.normalize('NFKC').trim())) !== undefined;
}

function readWholeCommand(text: string, vocabulary: Vocabulary): Typed | undefined {
  const read = known(() => readCommand(text));
  return read && isWhole(read, vocabulary) ? read : undefined;
}

/** Nothing is missing, and what names a batch has the shape of one. */
function isWhole({ command, rest }: Typed, vocabulary: Vocabulary): boolean {
  const values = known(() => readOptions(command, rest, vocabulary));
  if (!values) return false;
  return command.options.every(({ name, kind, required }) => {
    const value = values[name];
    if (value === undefined) return !required;
    return kind !== 'batch' || isBatchId(String(value));
  });
}

function namesBatch(typed: Typed, vocabulary: Vocabulary): boolean {
  const batch = batchOf(typed, vocabulary);
  return batch !== undefined && isBatchId(batch);
}

function batchOf({ command, rest }: Typed, vocabulary: Vocabulary): string | undefined {
  const option = command.options.find(({ kind }) => kind === 'batch');
  const value = known(() => readOptions(command, rest, vocabulary))?.[option?.name ?? ''];
  return value === undefined ? undefined : String(value);
}

/** Undefined for what would be refused. */
function known<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
