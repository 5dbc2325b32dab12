import type { Breakers } from '#core/batches/breakers.ts';
import type { KeptSheets } from '#core/batches/kept-sheets.ts';
import type { Deliveries } from '#core/deliveries.ts';
import type { Operators } from '#core/operators.ts';
import type { IdentityCache } from '#core/people/identity-cache.ts';
import type { BlobStore } from '#core/ports/blobs.ts';
import type { ChatPlatform } from '#core/ports/chat.ts';
import type { ImageProvider } from '#core/ports/images.ts';
import type { Moderator } from '#core/ports/moderator.ts';
import type { PictureCheck } from '#core/ports/picture-check.ts';
import type { JobQueue } from '#core/ports/queue.ts';
import type { PromptWriter } from '#core/ports/writer.ts';
import type { Pulse } from '#core/workers.ts';
import type { Database } from '#db/client.ts';
import type { I18n } from '#src/i18n.ts';
import type { Logger } from '#src/logger.ts';

/** Everything a verb may use. Each names the part it needs. */
export interface Deps {
  db: Database;
  log: Logger;
  i18n: I18n;
  queue: JobQueue;
  blobs: BlobStore;
  bus: Bus;
  breakers: Breakers;
  deliveries: Deliveries;
  identities: IdentityCache;
  sheets: KeptSheets;
  operators: Operators;
  /** In order of preference: the first model of the first is the default. */
  providers: readonly ImageProvider[];
  /** Writes prompts out; undefined where nobody does. */
  writer: PromptWriter | undefined;
  /** Asked about prompts before they are made; undefined where nobody is. */
  moderator: Moderator | undefined;
  /** Looks at pictures before anybody is shown them; undefined where nothing does. */
  pictureCheck: PictureCheck | undefined;
  platforms: ReadonlyMap<string, ChatPlatform>;
  /**
   * Where people of a platform reach what we serve, without a slash at its end; undefined where nobody has said. It may
   * become known only once the server listens.
   */
  publicAddress: (platform: string) => string | undefined;
  /** The wall clock: days of quotas, ages. Leases and slots use the database's clock, which all processes share. */
  now: () => Date;
  /** Identifies this process among those that make pictures and post. */
  workerId: string;
  pulse: Pulse;
  /** What this process is working on right now (`image:<id>`, `channel:<id>`), so that it never takes a row twice. */
  busy: Set<string>;
}

/** Wakes other parts and processes; what is said on it may be lost, rows are the truth. */
export interface Bus {
  on<T extends Topic>(topic: T, heard: (payload: string) => void): () => void;
  say(topic: Topic, payload?: string): Promise<void>;
}

/**
 * `postings`: something is owed. `cancelled`: payload is a batch id. `messages`: payload is the id of a message that a
 * platform keeps itself. `identities`: something that holds for people has changed.
 * `standings`: a platform's name, and whom it has something new to say of, if it is one.
 */
export const topics = ['postings', 'cancelled', 'messages', 'identities', 'standings'] as const;
export type Topic = (typeof topics)[number];
