import { randomUUID } from 'node:crypto';
import type { ChatPlatform, CommandCall, Role } from '#core/ports/chat.ts';
import type { ChatLimits, Conversation, MessageRef, SendAttempt } from '#core/ports/delivery.ts';
import type { OutgoingMessage, OutgoingPart } from '#core/ports/message.ts';
import type { Reader } from '#src/i18n.ts';
import { outgoing as outgoingOf } from '#tests/bots/outgoing.ts';
import type { ScriptedCore } from '#tests/bots/scripted-core.ts';

export const timeZone = 'Asia/Taipei';

/** A person as the platform under test knows them. */
export interface ContractPerson {
  account: string;
  standing: Role;
  locale: string;
}

/** A message of the platform as one person reads it: laid out, in words, without markup. */
export interface SeenMessage {
  /** The set-up's own name for it. */
  id: string;
  text: string;
  images: { alt: string; bytes: Uint8Array; spoiler?: boolean }[];
  actions: { id: string; label: string }[];
  /** What its menus hold. */
  choices?: { id: string; label: string }[];
  edits: number;
}

export interface ChatPlatformSetup {
  /** Not started yet. */
  platform: ChatPlatform;
  /** Two people of one channel with different roles and languages. */
  people: { asker: ContractPerson; other: ContractPerson };
  /** The account of somebody who is not in their workspace. */
  stranger: string;
  /** Stores bytes where the platform finds a picture, and resolves to their key. */
  putBlob(bytes: Uint8Array): Promise<string>;
  /** Why the same message may be shown twice, on platforms that know no key. */
  sendsTwice?: string;
  /** Why bytes that are no picture are posted too, on platforms that look at none. */
  postsAnything?: string;
  /** Why the type of a file is not what its sender claims, on platforms that look for themselves. */
  typesItself?: string;
  /** What the platform shows this person now, direct messages included, oldest first; without what people said. */
  seen(person: ContractPerson): Promise<SeenMessage[]>;
  /** Says it in the channel; resolves when the platform has answered, rejects when it refused to take it. */
  say(person: ContractPerson, text: string, files?: ContractFile[]): Promise<void>;
  /** Says it to the bot without a command, by a mention or directly. */
  address?: (person: ContractPerson, text: string) => Promise<void>;
  /** Says it to the bot in answer to a message, on platforms that have such. */
  answer?: (person: ContractPerson, messageId: string, text: string) => Promise<void>;
  /** Presses a button; resolves and rejects as `say`. */
  press(person: ContractPerson, messageId: string, actionId: string): Promise<void>;
  /** Picks it in a menu; where there are none, buttons stand for it. */
  pick?: (person: ContractPerson, messageId: string, choiceId: string) => Promise<void>;
  /** Delivers the last thing said once more, on platforms that do such things. */
  redeliver?: () => Promise<void>;
  /** Another instance over the same store, as after a restart. */
  reopen(): Promise<ChatPlatform>;
  /** Somebody deletes a message, with all that belongs to it. */
  remove(ref: MessageRef): Promise<void>;
  /** Where no message is, though the address is well formed. */
  absent: MessageRef;
  stop(): Promise<void>;
}

export interface ContractFile {
  name: string;
  type: string;
  bytes: Uint8Array;
}

export interface Context {
  core: ScriptedCore;
  readonly setup: ChatPlatformSetup;
  /** Where this person talks. */
  place(person: ContractPerson): Promise<{ conversation: Conversation; limits: ChatLimits }>;
  /** Sends into the channel where the asker talks. */
  post(part: OutgoingPart, key?: string): Promise<MessageRef>;
  /** Sends to this person alone. */
  postPrivately(person: ContractPerson, part: OutgoingPart): Promise<MessageRef>;
  /** A try at sending under a key; what it saves is there at the next try. */
  attempt(key: string, limits: ChatLimits, repeat?: boolean): SendAttempt;
  /** What this person sees with the marker in its text. */
  find(person: ContractPerson, marker: string): Promise<SeenMessage[]>;
}

export function createContext(core: ScriptedCore, findSetup: () => ChatPlatformSetup): Context {
  const handles = new Map<string, string>();
  const context: Context = {
    core,
    get setup() {
      return findSetup();
    },
    async place(person) {
      const { conversation, channel } = await callOf(context, person, '/help');
      return { conversation, limits: channel.limits };
    },
    async post(part, key = randomUUID()) {
      const { conversation, limits } = await context.place(findSetup().people.asker);
      return findSetup().platform.send(conversation, part, context.attempt(key, limits));
    },
    async postPrivately(person, part) {
      const { workspace } = await callOf(context, person, '/help');
      const { conversation, channel } = await findSetup().platform.direct(workspace.platformId, person.account);
      return findSetup().platform.send(conversation, part, context.attempt(randomUUID(), channel.limits));
    },
    attempt(key, limits, repeat = false) {
      const handle = handles.get(key);
      return {
        key,
        repeat,
        // Who sends has looked up where, by a call.
        workspace: core.calls.at(-1)?.workspace.platformId ?? '',
        limits,
        pause: () => undefined,
        ...(handle === undefined ? {} : { handle }),
        async saveHandle(saved) {
          handles.set(key, saved);
        },
      };
    },
    async find(person, marker) {
      return (await findSetup().seen(person)).filter((message) => message.text.includes(marker));
    },
  };
  return context;
}

/** Says it and resolves to the one call that came of it. */
export async function callOf(
  { core, setup }: Pick<Context, 'core' | 'setup'>,
  person: ContractPerson,
  text: string,
  files: ContractFile[] = [],
): Promise<CommandCall> {
  const count = core.calls.length;
  await setup.say(person, text, files);
  const [call, ...more] = core.calls.slice(count);
  if (!call || more.length > 0) throw new Error(`${text}: ${more.length + (call ? 1 : 0)} calls reached the core`);
  return call;
}

export function readerOf(person: ContractPerson): Reader {
  return { locale: person.locale, timeZone };
}

export function outgoing(reader: ContractPerson, content: Partial<OutgoingMessage>): OutgoingMessage {
  return outgoingOf({ ...readerOf(reader), ...content });
}
