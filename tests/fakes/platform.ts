import { randomUUID } from 'node:crypto';
import { choicesOf } from '#bots/choices-of.ts';
import type {
  Channel,
  ChatCore,
  ChatPlatform,
  CommandCall,
  FileRef,
  PlatformStanding,
  Reply,
  Sender,
} from '#core/ports/chat.ts';
import {
  type ChatLimits,
  type Conversation,
  DeliveryError,
  type MessageRef,
  type RateBudget,
  type SendAttempt,
} from '#core/ports/delivery.ts';
import type { OutgoingMessage, OutgoingPart } from '#core/ports/message.ts';

/** A message as the fake shows it. */
export interface FakeMessage {
  ref: MessageRef;
  conversation: Conversation;
  part: OutgoingPart;
  /** How often it was changed. */
  edits: number;
  key: string;
  /** The one account that sees it; null = everyone in the channel. */
  reader: string | null;
}

export interface FakeFile {
  name: string;
  type: string;
  bytes: Uint8Array;
}

/** What outlives a process: two fakes over one store are one platform before and after a restart. */
export interface FakeStore {
  messages: FakeMessage[];
  files: Map<string, Uint8Array>;
}

export interface FakePlatformOptions {
  id?: string;
  /** Completed from `fakeLimits`; hold for people who are named by a string. */
  limits?: Partial<ChatLimits>;
  store?: FakeStore;
  /** What every call draws on; of a function, each. */
  budgets?: RateBudget[] | ChatPlatform['budgets'];
}

export interface FakePlatform {
  platform: ChatPlatform;
  store: FakeStore;
  /** What is visible now, oldest first. */
  messages(): readonly FakeMessage[];
  /** Every try at a send, also those that failed or showed nothing new. */
  readonly sends: readonly { to: Conversation; part: OutgoingPart; attempt: SendAttempt }[];
  /** Every try at an edit. */
  readonly edits: readonly { ref: MessageRef; part: OutgoingPart }[];
  /** Every call that was handed to the core. */
  readonly calls: readonly CommandCall[];
  /** Makes the next `times` sends or edits throw; with `shown`, after the message was shown, as when an answer is lost. */
  failNext(error: DeliveryError, times?: number, options?: { shown?: boolean }): void;
  /** What is said of somebody when it is asked, until they speak again; undefined: they are gone. */
  changes(workspace: string, account: string, standing: PlatformStanding | DeliveryError | undefined): void;
  /** From here on sends and edits wait for `release`. */
  hold(): void;
  /** Resolves once this many sends and edits wait. */
  held(count: number): Promise<void>;
  release(): void;
  /** Resolves once what is visible fits; asked again after every change. */
  until(fits: (messages: readonly FakeMessage[]) => boolean): Promise<void>;
  /**
   * A person types a line or presses a button; the reply is shown. A string is a member of the room who reads English.
   * The same `deliveryKey` again is the same delivery again.
   */
  call(
    person: string | Sender,
    text: string,
    files?: readonly FakeFile[],
    options?: { deliveryKey?: string },
  ): Promise<Reply>;
}

export const fakeLimits: ChatLimits = {
  imagesPerMessage: 10,
  fileBytesMax: 8 * 1024 * 1024,
  textMax: 2000,
  sendSpacingMs: 0,
  liveImageEditMinMs: 0,
  repliesCount: false,
  keepsOriginals: true,
};

/** What each fake says of people, by workspace and account: that is what they had when they last spoke. */
const standings = new WeakMap<ChatPlatform, Map<string, PlatformStanding | DeliveryError | undefined>>();

/** Somebody speaks there, by whichever way. */
export function hear(platform: ChatPlatform | undefined, { workspace, account }: Sender): void {
  const { standing, platformRoles } = account;
  const said = { standing, ...(platformRoles ? { platformRoles } : {}) };
  if (platform) standings.get(platform)?.set(`${workspace.platformId} ${account.platformId}`, said);
}

/** A chat platform in memory, for tests of everything above the port: shows, refuses, delays and loses on demand. */
export function createFakePlatform(options: FakePlatformOptions = {}): FakePlatform {
  const { id = 'fake' } = options;
  const store: FakeStore = options.store ?? { messages: [], files: new Map() };
  const sends: { to: Conversation; part: OutgoingPart; attempt: SendAttempt }[] = [];
  const edits: { ref: MessageRef; part: OutgoingPart }[] = [];
  const calls: CommandCall[] = [];
  const gate = createGate();
  const failures: { error: DeliveryError; shown: boolean }[] = [];
  const watchers = new Set<() => void>();
  let core: ChatCore | undefined;

  const changed = () => {
    for (const look of [...watchers]) look();
  };

  /** Waits at the gate, then does it, then or instead throws what the test wants. */
  async function deliver<T>(act: () => T): Promise<T> {
    await gate.pass();
    const failure = failures.shift();
    if (failure && !failure.shown) throw failure.error;
    const done = act();
    changed();
    if (failure) throw failure.error;
    return done;
  }

  function show(to: Conversation, part: OutgoingPart, key: string, asker: string | undefined): MessageRef {
    const known = store.messages.find((message) => message.key === key && message.conversation.channel === to.channel);
    if (known) return known.ref;
    const ref = { platform: id, channel: to.channel, message: String(store.messages.length + 1) };
    const reader = part.audience === 'private' ? (asker ?? to.thread ?? null) : null;
    store.messages.push({ ref, conversation: to, part: structuredClone(part), edits: 0, key, reader });
    return ref;
  }

  const platform: ChatPlatform = {
    id,
    async start(started) {
      core = started;
    },
    split: splitPages,
    budgets: typeof options.budgets === 'function' ? options.budgets : () => (options.budgets as RateBudget[]) ?? [],
    async send(to, part, attempt) {
      sends.push({ to, part, attempt });
      return deliver(() => show(to, part, attempt.key, undefined));
    },
    async edit(ref, part) {
      edits.push({ ref, part });
      await deliver(() => {
        const shown = store.messages.find(
          (message) => message.ref.message === ref.message && message.ref.channel === ref.channel,
        );
        if (!shown) throw new DeliveryError('missing', 'the message is not there', { retryable: false });
        shown.part = structuredClone(part);
        shown.edits += 1;
      });
    },
    async direct(workspace, account) {
      const conversation = { platform: id, channel: `${workspace}/direct/${account}`, thread: account };
      const channel: Channel = { platformId: conversation.channel, name: account, limits: fakeLimits, direct: true };
      return deliver(() => ({ conversation, channel }));
    },
    async findStanding(workspace, account) {
      const said = standings.get(platform)?.get(`${workspace} ${account}`);
      if (said instanceof DeliveryError) throw said;
      return said;
    },
    async open(file, { signal }) {
      signal.throwIfAborted();
      const bytes = store.files.get(file.locator);
      if (!bytes) throw new DeliveryError('missing', `no file ${file.locator}`, { retryable: false });
      return new Blob([Buffer.from(bytes)]).stream().pipeThrough(new TransformStream(), { signal });
    },
    async stop() {
      core = undefined;
    },
  };

  standings.set(platform, new Map());

  return {
    platform,
    store,
    messages: () => store.messages,
    sends,
    edits,
    calls,
    failNext(error, times = 1, { shown = false } = {}) {
      for (let left = times; left > 0; left--) failures.push({ error, shown });
    },
    changes: (workspace, account, standing) => void standings.get(platform)?.set(`${workspace} ${account}`, standing),
    ...gate.controls,
    until(fits) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const look = () => {
        try {
          if (!fits(store.messages)) return;
          resolve();
        } catch (error) {
          reject(error);
        }
        watchers.delete(look);
      };
      watchers.add(look);
      look();
      return promise;
    },
    async call(person, text, files = [], { deliveryKey = randomUUID() } = {}) {
      if (!core) throw new Error('the platform was not started, or was stopped');
      const started = core;
      const sender = typeof person === 'string' ? memberNamed(id, person, options.limits) : person;
      const conversation = {
        platform: id,
        channel: sender.channel.platformId,
        thread: sender.account.platformId,
      };
      const refs = files.map((file) => keepFile(store, file));
      const call = { ...sender, deliveryKey, requestId: randomUUID(), conversation, text, files: refs };
      calls.push(call);
      hear(platform, sender);
      const reply = await started.onCall(call);
      if (reply.kind !== 'message') return reply;
      const { message, postingId } = reply;
      const key = postingId === undefined ? `reply-${deliveryKey}` : `posting-${postingId}`;
      const ref = await deliver(() => show(conversation, message, key, sender.account.platformId));
      if (postingId !== undefined) await started.onSent(postingId, ref);
      started.onAnswered(call);
      return reply;
    },
  };
}

/** Pages of at most as many pictures as a message shows; the words go with the first. */
function splitPages(message: OutgoingMessage, limits: ChatLimits): OutgoingPart[] {
  const count = Math.max(1, Math.ceil(message.images.length / limits.imagesPerMessage));
  return Array.from({ length: count }, (_, page) => {
    const images = message.images.slice(page * limits.imagesPerMessage, (page + 1) * limits.imagesPerMessage);
    const { choices: _choices, ...rest } = message;
    const shown = { ...rest, images, ...choicesOf(message, images, page === 0) };
    return page === 0 ? shown : { ...shown, lines: [], fields: [], actions: [] };
  });
}

function memberNamed(platform: string, name: string, limits: Partial<ChatLimits> | undefined): Sender {
  return {
    platform,
    workspace: { platformId: 'home', name: 'home' },
    channel: { platformId: 'home/general', name: 'general', limits: { ...fakeLimits, ...limits } },
    account: { platformId: name, name, standing: 'member' },
    locale: 'en',
  };
}

function keepFile(store: FakeStore, { name, type, bytes }: FakeFile): FileRef {
  const locator = randomUUID();
  store.files.set(locator, bytes);
  return { name, type, bytes: bytes.length, locator };
}

/** Lets everything pass until it is held. */
function createGate() {
  let closed: PromiseWithResolvers<void> | undefined;
  let waiting = 0;
  const arrivals: (() => void)[] = [];
  return {
    async pass(): Promise<void> {
      if (!closed) return;
      waiting += 1;
      for (const arrived of arrivals.splice(0)) arrived();
      await closed.promise;
    },
    controls: {
      hold() {
        closed ??= Promise.withResolvers<void>();
      },
      async held(count: number) {
        while (waiting < count) await new Promise<void>((resolve) => arrivals.push(resolve));
      },
      release() {
        closed?.resolve();
        closed = undefined;
        waiting = 0;
      },
    },
  };
}
