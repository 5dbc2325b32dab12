import { createI18n } from '#src/i18n.ts';

export const platformIds = ['discord', 'slack', 'telegram'] as const;
export type PlatformId = (typeof platformIds)[number];

export const platformFaults = ['rate_limited', 'server_error', 'cut_after'] as const;
/** `cut_after`: carried out, but the connection is cut before the answer. */
export type PlatformFault = (typeof platformFaults)[number];

/** A message of the app that everybody in a room sees. */
export interface ShownMessage {
  text: string;
  /** Bytes of each picture, as uploaded. */
  images: Uint8Array[];
  /** What came as files to be downloaded. */
  files: { name: string; bytes: Uint8Array }[];
}

const creditsLabel = createI18n().say({ key: 'card.field.credits' }, { locale: 'en', timeZone: 'UTC' });

/** A message says what a batch costs when it is the batch's card. */
export const isCard = (text: string): boolean => text.includes(creditsLabel);

/** A call that made a message, on a platform that takes no key for it. */
export interface KeylessPost {
  callId: string;
  shows: 'card' | 'pictures' | 'words' | 'files';
}

/** A place on a platform with one person in it, and theirs with the app alone. */
export interface ChaosRoom {
  /** Types a command; resolves to whether anybody took it, as far as the person can see. */
  type(line: string): Promise<boolean>;
  /** Gives /batch a file. */
  attach(file: { name: string; bytes: Uint8Array }): Promise<boolean>;
  shown(): ShownMessage[];
  /** What the app shows the person where they are alone with it. */
  direct(): ShownMessage[];
  /** What the app has said to the person alone, newest last. */
  whispers(): string[];
  keylessPosts(): KeylessPost[];
}

/** A platform's local server, with the limits that it documents. */
export interface ChaosPlatform extends AsyncDisposable {
  id: PlatformId;
  /** Where its API listens. */
  origin: string;
  /** The environment that leads Easel to it by another origin. */
  env(origin: string): Record<string, string>;
  /** Files that people attach are said to be there from now on. */
  leadFilesTo(origin: string): void;
  /** Resolves once Easel takes commands in. */
  connected(): Promise<void>;
  openRoom(name: string): ChaosRoom;
  /** The next call that fits goes wrong; `served` hears which. */
  fail(fault: PlatformFault, served: (callId: string) => void): void;
  violations(): readonly string[];
  /** Too many requests, by the platform's own count. */
  floods(): number;
}

/** How many messages of the app the person has come across. */
export const countHeard = (room: ChaosRoom): number => room.shown().length + room.whispers().length;

/** Whether doing it came to an end, as far as the person can see. */
export const didSucceed = (done: Promise<unknown>): Promise<boolean> =>
  done.then(
    () => true,
    () => false,
  );
