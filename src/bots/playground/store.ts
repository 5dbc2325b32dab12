import type { OutgoingMessage } from '#core/ports/message.ts';

/** What a message of the room holds: what a person typed, or what Easel says. */
export type PlaygroundContent =
  | { kind: 'typed'; text: string; files: { name: string; blob: string }[] }
  | { kind: 'easel'; message: OutgoingMessage };

export interface PlaygroundMessage {
  id: string;
  author: string;
  /** The one person who may see it; null = everyone in the room. */
  reader: string | null;
  content: PlaygroundContent;
  edits: number;
  createdAt: Date;
}

/** The room's messages. Whoever listens to `messages` hears the id of each message that is new or changed. */
export interface PlaygroundStore {
  workspaceId(): Promise<string>;
  /** Adding the same key again changes nothing and resolves to the message that is there. */
  add(message: {
    key: string;
    author: string;
    reader: string | null;
    content: PlaygroundContent;
  }): Promise<PlaygroundMessage>;
  edit(id: string, content: PlaygroundContent): Promise<PlaygroundMessage | undefined>;
  /** Shows a message to everyone in the room. */
  publish(id: string): Promise<void>;
  find(id: string): Promise<PlaygroundMessage | undefined>;
  /** What a person may see, oldest first, of the newest `limit`. */
  list(reader: string, limit: number): Promise<PlaygroundMessage[]>;
}
