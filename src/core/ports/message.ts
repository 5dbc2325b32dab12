import type { Text } from '#src/i18n.ts';

/** A message as data. Every `Text` is put into words by the platform when it is laid out. */
export interface OutgoingMessage {
  /** The reader's language, as a BCP 47 tag, and time zone, as an IANA name. */
  locale: string;
  timeZone: string;
  /** `private` is for the person who asked alone. */
  audience: 'channel' | 'private';
  tone: 'info' | 'progress' | 'success' | 'warning' | 'error';
  title?: Text;
  lines: Text[];
  fields: { label: Text; value: Text }[];
  progress?: { done: number; total: number };
  images: OutgoingImage[];
  /** `files` sends the very bytes, to be downloaded. */
  imagesAs: 'pictures' | 'files';
  actions: OutgoingAction[];
  choices?: OutgoingChoices;
  form?: OutgoingForm;
}

export interface OutgoingImage {
  /** Key in the blob store. */
  blob: string;
  /** The last two are sent as files alone. */
  type: 'png' | 'jpeg' | 'webp' | 'zip' | 'csv';
  width: number;
  height: number;
  alt: Text;
  /** In its batch; none of a contact sheet. */
  number?: number;
  /** File name with extension; in a message, and in its edits, the same name is the same picture. */
  name: string;
  /** Its place, where an edit may put another picture into it: one of another name and the same slot. */
  slot?: string;
  /** It shows what has been deleted since: another is about to come into its place. */
  outdated?: true;
  /** Hidden until the reader asks for it. */
  spoiler?: boolean;
}

/** Telegram's callback_data, the smallest of all platforms: https://core.telegram.org/bots/api#inlinekeyboardbutton */
export const actionIdBytesMax = 64;

export interface OutgoingAction {
  /** A canonical command line of at most `actionIdBytesMax`. */
  id: string;
  label: Text;
  style: 'primary' | 'secondary' | 'danger';
}

/** One of many to be picked, such as a picture of a gallery. */
export interface OutgoingChoices {
  label: Text;
  options: OutgoingChoice[];
}

export interface OutgoingChoice {
  /** As an action's. */
  id: string;
  label: Text;
  /** In place of the label where there is no room; where there are pictures, the one that it is about, and is shown with. */
  number: number;
}

/** What a person can fill in on the spot, where the platform has forms; the message says the same in words. */
export interface OutgoingForm {
  title: Text;
  /** Of its one field. */
  label: Text;
  submit: Text;
  /** What the field begins with. */
  value: string;
  charsMax: number;
  /** What is filled in stands behind it, as one word; a canonical line of at most `actionIdBytesMax`. */
  command: string;
}

/** What one visible call shows. */
export type OutgoingPart = OutgoingMessage;
