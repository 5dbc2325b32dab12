import { LRUCache } from 'lru-cache';
import type { PreparedPicture } from '#bots/prepare-pictures.ts';

/** A file that a message has, as the API names it. */
export interface MessageAttachment {
  id: string;
  filename: string;
  size: number;
  /** The stored bytes that it was made of, where this process posted it. */
  blob?: string;
}

/** What messages of late have attached, so that an edit uploads only what is new. */
export interface KnownAttachments {
  find(messageId: string): readonly MessageAttachment[] | undefined;
  /** Another process has changed the message. False when nothing was known of it. */
  forget(messageId: string): boolean;
  /** Remembers an answer of the API, with the stored bytes behind each file. */
  keep(message: { id: string; attachments?: MessageAttachment[] }, blobs: ReadonlyMap<string, string>): void;
}

const messagesKept = 2_000;

export function createKnownAttachments(): KnownAttachments {
  const kept = new LRUCache<string, readonly MessageAttachment[]>({ max: messagesKept });
  return {
    find: (messageId) => kept.get(messageId),
    forget: (messageId) => kept.delete(messageId),
    keep(message, blobs) {
      const attachments = (message.attachments ?? []).map(({ id, filename, size }) => {
        const blob = blobs.get(filename);
        return { id, filename, size, ...(blob === undefined ? {} : { blob }) };
      });
      kept.set(message.id, attachments);
    },
  };
}

/** The stored bytes behind each file name. */
export function blobsOf(pictures: readonly PreparedPicture[]): Map<string, string> {
  return new Map(pictures.map(({ name, image }) => [name, image.blob]));
}
