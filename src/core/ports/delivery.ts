/** Where replies go; `thread` is the platform's own and opaque to everyone else. Survives JSON. */
export interface Conversation {
  platform: string;
  channel: string;
  thread?: string;
}

export interface ChatLimits {
  /** Most pictures one message shows. */
  imagesPerMessage: number;
  /** Largest file the platform takes, in bytes. */
  fileBytesMax: number;
  /** Longest text of a message, in the platform's own counting. */
  textMax: number;
  /** Shortest time between two messages or edits in one channel, in milliseconds. */
  sendSpacingMs: number;
  /** Shortest time between two edits that change pictures, in milliseconds; null where pictures on a card are not affordable. */
  liveImageEditMinMs: number | null;
  /** Whether a command's own reply is a message like any other, which counts in the spacing. */
  repliesCount: boolean;
  /** False where pictures are compressed anew, so that originals have to be asked for. */
  keepsOriginals: boolean;
  /** What can be hidden until the reader asks for it; nothing where it is left out. */
  spoilers?: ('pictures' | 'files')[];
  /** Whether the platform keeps the channel to adults; left out where it has no such channels. */
  ageRestricted?: boolean;
}

/** `final`: nothing newer will come. `first`: a person sees that they were heard. `progress`: something newer will come. */
export type Urgency = 'final' | 'first' | 'progress';

/** A call that is about to be made. */
export interface PlannedCall {
  kind: 'send' | 'edit';
  /** As the platform names them. */
  workspace: string;
  channel: string;
  images: number;
  /** Pictures that an edit takes away, at most. */
  removed?: number;
  /** Pictures that an edit puts into the place of others, at most. */
  replaced?: number;
  urgency: Urgency;
  /** An earlier try may have reached the platform. */
  repeat: boolean;
}

/** A rate that all processes share: at most `limit` in any `windowMs`. */
export interface RateBudget {
  /** Unique within the platform. */
  key: string;
  limit: number;
  windowMs: number;
  /** How many calls this one counts as, at most. */
  cost: number;
  /** Progress passes only where no more than so many are taken with it: the rest is for everything else. */
  progressLimit: number;
}

/** Where a sent message is; the platform's own, opaque to everyone else. Survives JSON. */
export interface MessageRef {
  platform: string;
  channel: string;
  message: string;
  /** Where a reply names one of several messages: all that it is, in the order of its pictures. */
  messages?: string[];
}

/** One try at a call to the platform. */
export interface DeliveryAttempt {
  limits: ChatLimits;
  /** The workspace as its platform knows it. */
  workspace: string;
  /** What `saveHandle` kept last: during an earlier try, or when the message that is edited was sent. */
  handle?: string;
  saveHandle(handle: string): Promise<void>;
  /** The message that this one belongs to: shown as its reply, or in a thread below it. */
  under?: { card: MessageRef; thread: boolean };
  /** The platform says that nothing more fits for so long: in the channel, or in the budget named. */
  pause(waitMs: number, budget?: string): void;
  /** The call counted as so many, and not as its `cost`, in the budget whose key begins with this name. */
  used?(budget: string, count: number): void;
}

export interface SendAttempt extends DeliveryAttempt {
  /** The same for every try at the same part; the platform's idempotency key where it has one. */
  key: string;
  /** True when an earlier try may have reached the platform. */
  repeat: boolean;
}

export interface EditAttempt extends DeliveryAttempt {
  /** Where the message was sent to; without it, the channel of its reference. */
  to?: Conversation;
}

export const deliveryErrorReasons = [
  'rate_limited',
  'gone',
  'removed',
  'missing',
  'forbidden',
  'too_large',
  'network',
  'server',
  'bad_request',
] as const;
export type DeliveryErrorReason = (typeof deliveryErrorReasons)[number];

/** Nothing can be posted there any more. */
export const closedReasons: ReadonlySet<DeliveryErrorReason> = new Set(['gone', 'removed', 'forbidden']);

/** Why a message could not be shown. */
export class DeliveryError extends Error {
  readonly reason: DeliveryErrorReason;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  /** The budget that `retryAfterMs` is about; undefined means the channel. */
  readonly budget: string | undefined;

  constructor(
    reason: DeliveryErrorReason,
    message: string,
    options: { retryable: boolean; retryAfterMs?: number | undefined; budget?: string | undefined; cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.name = 'DeliveryError';
    this.reason = reason;
    this.retryable = options.retryable;
    this.retryAfterMs = options.retryAfterMs;
    this.budget = options.budget;
  }
}
