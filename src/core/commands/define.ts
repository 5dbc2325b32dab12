import type { Actor } from '#core/actor.ts';
import type { Deps } from '#core/deps.ts';
import type { UserError } from '#core/errors.ts';
import type { CommandCall, Role } from '#core/ports/chat.ts';
import type { OutgoingMessage } from '#core/ports/message.ts';
import type { Job } from '#core/ports/queue.ts';
import type { Replied } from '#core/postings/find-replied.ts';
import type { ResolvedSettings } from '#core/workspaces/resolve-settings.ts';
import type { Tx } from '#db/client.ts';
import type { Reader } from '#src/i18n.ts';

/**
 * What an option holds. `prompts` is the rest of the text, a prompt a line, each with its own values for the other
 * options; `switch` is `on` or `off`, and on where its name stands alone; `numbers` are pictures of a batch, such as `2,5,7` or
 * `1-3`; `text` is of so many characters at most; `name` is one that
 * somebody gave; `line` is the rest of the text with whatever is in it, flags as well; `batch`, `draft`, `model`, `quality`, `language`, `timeZone` and `command` are completed by their values.
 */
export type OptionKind =
  | { kind: 'prompts' }
  | { kind: 'integer'; min: number; max: number }
  | { kind: 'ratio' }
  | { kind: 'switch' }
  | { kind: 'numbers' }
  | { kind: 'choice'; choices: readonly string[] }
  | { kind: 'text'; max: number }
  | { kind: 'line' }
  | { kind: 'model' | 'quality' | 'name' | 'batch' | 'draft' | 'language' | 'timeZone' | 'command' };

export type CommandOption = OptionKind & {
  /** Typed after `--`; its words are `commands.<command>.options.<name>`. */
  name: string;
  /** Takes the text without a flag; of several, each but the last takes one word. */
  positional?: true;
  /** Nothing can be done without it. */
  required?: true;
  /** `default` takes a setting back. */
  clearable?: true;
};

export interface Ratio {
  width: number;
  height: number;
}

type Value<O> = O extends { kind: 'prompts' }
  ? Prompts
  : O extends { kind: 'integer' }
    ? number
    : O extends { kind: 'ratio' }
      ? Ratio
      : O extends { kind: 'switch' }
        ? boolean
        : O extends { kind: 'numbers' }
          ? number[]
          : O extends { kind: 'choice'; choices: readonly (infer C)[] }
            ? C
            : string;

/** The values of a declared option list; what was not typed is undefined, a cleared setting is null. */
export type OptionValues<O extends readonly CommandOption[]> = {
  [E in O[number] as E['name']]: Value<E> | (E extends { clearable: true } ? null : never) | undefined;
};

/** What was asked for. */
export interface Prompts {
  /** Every prompt with its own values. */
  lines: PromptLine[];
  /** All as one line that can be typed anywhere. */
  line: string;
  /** The prompts as people read them, a line each. */
  said: string;
}

/** One prompt of a request with the options typed for it. */
export interface PromptLine {
  text: string;
  n?: number;
  ar?: Ratio;
  seed?: number;
  model?: string;
  quality?: string;
  /** Added to the prompt. */
  style?: string;
  /** The style is one that the workspace offers. */
  styleOffered?: true;
  /** What is not to be shown. */
  no?: string;
  /** Whether it is written out into a fuller prompt first. */
  enhance?: boolean;
  /** Whose flags hold where none was typed. */
  preset?: string;
  /** Whether it is to be confirmed first; undefined leaves that to the workspace. */
  draft?: boolean;
  /** Whether its person alone is to see what comes of it; undefined leaves that to the workspace. */
  private?: boolean;
  /** What its files are to be called. */
  name?: string;
}

/** What option values are checked against. */
export interface Vocabulary {
  models: readonly string[];
  /** Of any model. */
  qualities: readonly string[];
  locales: readonly string[];
  commands: readonly string[];
}

export interface CommandContext {
  deps: Deps;
  call: CommandCall;
  actor: Actor;
  channelId: string;
  /** The channel where replies go, mostly the same. */
  destinationId: string;
  settings: ResolvedSettings;
  reader: Reader;
  /** What option values are checked against. */
  vocabulary: Vocabulary;
  /** What of ours is answered. */
  replied?: Replied;
  /** For logs and jobs. */
  requestId: string;
  /** Says what would become of a line, without doing anything. */
  tryOut: TryOut;
  /** It is only to be seen what would become of it: nothing is kept, and nobody is asked or written to. */
  isTrial?: true;
  /** False when the platform takes no message just now, so that the reply has to be the outbox's. */
  replyFits: boolean;
}

/** Undefined where all would go well, else the refusal. */
export type TryOut = (context: CommandContext, line: string) => Promise<UserError | undefined>;

/** What a command says from what every process knows. */
export interface Said {
  message: OutgoingMessage;
}

/**
 * What a command says, which may be known only after the commit; `postingId` when the message is one we owe, `later` when
 * the outbox is to show it, `jobs` for after the commit, `forget` when something
 * that holds for people has changed, `secret` when what is said is not to be kept for a repeat.
 */
export interface Answer {
  message: OutgoingMessage | Promise<OutgoingMessage>;
  postingId?: string;
  later?: boolean;
  jobs?: Job[];
  forget?: boolean;
  secret?: boolean;
}

export interface Command {
  readonly name: string;
  /** The least role that may use it. */
  readonly role: Role;
  readonly options: readonly CommandOption[];
  /** Who sees the answer when all goes well; refusals are always private. */
  readonly audience: OutgoingMessage['audience'];
  /** Most files that may be attached, and what they are. */
  readonly filesMax: number;
  readonly filesAre: 'reference' | 'prompts';
  readonly work: CommandWork;
}

/** How a command is done. */
export type CommandWork =
  /** From what every process knows: no row is read or written, and a repeat may be answered again. */
  | { kind: 'answer'; answer(context: CommandContext, values: Record<string, unknown>): Said }
  /** First what needs no transaction (files), then one transaction. */
  | {
      kind: 'run';
      /** What was never answered is done anew for a repeat: its answer is not kept. */
      repeatable: boolean;
      prepare(context: CommandContext, values: Record<string, unknown>): Promise<unknown>;
      run(tx: Tx, context: CommandContext, values: Record<string, unknown>, prepared: unknown): Promise<Answer>;
    };

/** Declares a command once: every platform registers, parses, completes and documents it from this. */
export function defineCommand<const O extends readonly CommandOption[], P = undefined>(
  declaration: Declaration<O> & {
    repeatable?: boolean;
    prepare?: (context: CommandContext, values: OptionValues<O>) => Promise<P>;
    run: (tx: Tx, context: CommandContext, values: OptionValues<O>, prepared: P) => Promise<Answer>;
  },
): Command {
  return {
    ...declared(declaration),
    work: {
      kind: 'run',
      repeatable: declaration.repeatable ?? false,
      prepare: async (context, values) => declaration.prepare?.(context, values as OptionValues<O>),
      run: (tx, context, values, prepared) => declaration.run(tx, context, values as OptionValues<O>, prepared as P),
    },
  };
}

/** Declares a command that is answered without the database. */
export function defineAnswer<const O extends readonly CommandOption[]>(
  declaration: Declaration<O> & {
    answer: (context: CommandContext, values: OptionValues<O>) => { message: OutgoingMessage };
  },
): Command {
  return {
    ...declared(declaration),
    work: {
      kind: 'answer',
      answer: (context, values) => declaration.answer(context, values as OptionValues<O>),
    },
  };
}

interface Declaration<O> {
  name: string;
  role: Role;
  options: O;
  audience?: OutgoingMessage['audience'];
  filesMax?: number;
  filesAre?: Command['filesAre'];
}

function declared<O extends readonly CommandOption[]>(declaration: Declaration<O>): Omit<Command, 'work'> {
  const { name, role, options, audience = 'private', filesMax = 0, filesAre = 'reference' } = declaration;
  return { name, role, options, audience, filesMax, filesAre };
}
