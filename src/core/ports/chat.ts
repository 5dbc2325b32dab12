import type {
  ChatLimits,
  Conversation,
  EditAttempt,
  MessageRef,
  PlannedCall,
  RateBudget,
  SendAttempt,
} from '#core/ports/delivery.ts';
import type { OutgoingMessage, OutgoingPart } from '#core/ports/message.ts';
import type { Reader } from '#src/i18n.ts';

/**
 * The port every chat platform implements. Messages are data, never SDK objects: a platform lays them out in its own
 * way, escapes every value a person typed, and decides nothing.
 */
export interface ChatPlatform {
  readonly id: string;
  /** Starts taking commands in; a process that only works never calls it. */
  start(core: ChatCore): Promise<void>;
  /** Cuts a message into visible calls; pure. One part = one posting row. */
  split(message: OutgoingMessage, limits: ChatLimits): OutgoingPart[];
  /** What a call draws on besides its channel's own spacing, such as a method's rate in a whole workspace; pure. */
  budgets(call: PlannedCall): RateBudget[];
  /**
   * Posts one part.
   * @throws {DeliveryError} `gone` and `forbidden` when nothing can be posted there any more; `removed` when the bot was taken
   * out of the whole workspace.
   */
  send(to: Conversation, part: OutgoingPart, attempt: SendAttempt): Promise<MessageRef>;
  /**
   * Replaces what a sent message shows. Its pictures are known by their names: those that the part does not have any more
   * are taken away, and what was taken away before stays so. Where the platform can put no other into their place, what
   * comes there is posted beside it, once.
   * @throws {DeliveryError} `missing` when the message is not there any more; `bad_request` when it keeps showing what it
   * should not.
   */
  edit(ref: MessageRef, part: OutgoingPart, attempt: EditAttempt): Promise<void>;
  /**
   * Where a person alone reads, for what cannot be posted where it was asked for, or is for them alone. `greeting` is said
   * there first where nothing else tells whether the person takes messages from the bot.
   * @throws {DeliveryError} when they do not.
   */
  direct(
    workspace: string,
    account: string,
    options?: { greeting?: OutgoingMessage },
  ): Promise<{ conversation: Conversation; channel: Channel }>;
  /**
   * Who a person is, now, in a workspace that they do not speak from; undefined when they are not in it.
   * @throws {DeliveryError} when the platform does not tell.
   */
  findStanding(workspace: string, account: string): Promise<PlatformStanding | undefined>;
  /** Opens a file that a person attached. */
  open(file: FileRef, options: { signal: AbortSignal }): Promise<ReadableStream<Uint8Array>>;
  stop(): Promise<void>;
}

export interface ChatCore {
  /** Resolves after the commit: from then on nothing that was accepted can be lost. Never rejects. */
  onCall(call: CommandCall): Promise<Reply>;
  /** The reply was shown: the same delivery again gets nothing. */
  onAnswered(call: CommandCall): void;
  /** Tells where a reply that owed a posting was shown. */
  onSent(postingId: string, ref: MessageRef): Promise<void>;
  /**
   * Makes a call of the platform's own, beside what the core sends, once its budgets allow it.
   * @throws {DeliveryError} `rate_limited` where that would take too long for an answer; nothing was called then.
   */
  paced<T>(platform: string, budgets: readonly RateBudget[], call: () => Promise<T>): Promise<T>;
  /** What could follow the text up to the cursor. */
  complete(sender: Sender, text: string): Promise<Choice[]>;
  /** The bot was taken out of a workspace, as the platform names it. */
  onRemoved(platform: string, workspace: string): Promise<void>;
  /** It is in a workspace again, or still. */
  onReturned(platform: string, workspace: string): Promise<void>;
  /** The language and time zone a person reads in. */
  readerOf(sender: Sender): Promise<Reader>;
}

/** A place in a workspace as the platform knows it. */
export interface Channel {
  platformId: string;
  name: string;
  limits: ChatLimits;
  /** One person is alone with the bot there. */
  direct?: true;
}

/** Who a person is in a workspace, as the platform says. */
export interface PlatformStanding {
  standing: Role;
  /** The platform's own roles, or groups, that the person has there, by their ids. */
  platformRoles?: readonly string[];
}

/** Who asks, and where. */
export interface Sender {
  platform: string;
  workspace: { platformId: string; name: string };
  channel: Channel;
  /** `username` is what the person is mentioned by where that is no name. */
  account: PlatformStanding & { platformId: string; name: string; username?: string };
  /** What the platform says of the person's language, as a BCP 47 tag. */
  locale?: string;
}

/** One thing a person asked for. Survives JSON. */
export interface CommandCall extends Sender {
  /** The platform's id of this delivery; the same key again gets the same reply and changes nothing. */
  deliveryKey: string;
  requestId: string;
  conversation: Conversation;
  /** The channel of `conversation` where it is not the one that was typed in, such as the person's direct messages. */
  elsewhere?: Channel;
  /** What was typed, such as `/imagine a fox --n 4`, or a button's action id. */
  text: string;
  /** Said to the bot without a command sign: a prompt, unless it reads as a whole command. */
  bare?: boolean;
  /** The message that this one answers. */
  repliesTo?: RepliedTo;
  /** Said below a message of the bot, but not to it by its name: what reads as talk is none of its business. */
  overheard?: boolean;
  /** What is for the person alone is shown in another place, where buttons would mean nothing. */
  answersElsewhere?: boolean;
  files: FileRef[];
  /** Whom and what the text names, as far as the platform tells. */
  mentions?: Mention[];
}

/** Somebody, a role of the platform's own or a channel, as it stands in a text. */
export interface Mention {
  /** As it stands there, such as `@ana`; it may hold spaces. */
  typed: string;
  kind: 'account' | 'role' | 'channel';
  /** Missing where the platform tells an account's username alone, which is the name then. */
  platformId?: string;
  name: string;
}

/** A message that is answered. */
export interface RepliedTo {
  /** As in a `MessageRef`; the message may be one of its `messages`. */
  channel: string;
  message: string;
  /** It begins this thread: where it is none of a batch, the thread's newest batch is meant. */
  thread?: string;
  /** Its pictures that we may not know. */
  pictures?: FileRef[];
  /** The platform's ids of its files, as they stand in the handle of a message of ours that is not written down yet. */
  fileIds?: readonly string[];
}

/** Who a person is in a workspace, from most rights to least. */
export const roles = ['owner', 'admin', 'member', 'guest'] as const;
export type Role = (typeof roles)[number];

/** `later`: accepted, and its card is sent like everything that is owed, as the channel has just been sent to. */
export type Reply =
  | { kind: 'message'; message: OutgoingMessage; postingId?: string }
  | { kind: 'later' }
  | { kind: 'none' };

export interface FileRef {
  name: string;
  /** The media type the sender claimed; never trusted. */
  type: string;
  bytes: number;
  /** Where the platform finds it again; opaque to everyone else. */
  locator: string;
  /** One of those in the message that is answered: what is ours there is known by its name, and is taken as it is stored. */
  answered?: true;
}

export interface Choice {
  /** What replaces the word under the cursor. */
  value: string;
  label: string;
  detail?: string;
}
