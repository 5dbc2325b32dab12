import { EventEmitter } from 'node:events';
import { sql } from 'drizzle-orm';
import type { DatabaseClient } from '#db/client.ts';

/**
 * LISTEN/NOTIFY with ids only, one listening connection a process. After a lost connection every topic is woken once
 * with an empty payload, as something may have been missed.
 */
export async function createBus<T extends string>(client: DatabaseClient, topics: readonly T[]) {
  const emitter = new EventEmitter();
  emitter.setMaxListeners(0);
  for (const topic of topics) {
    await client.listen(
      `easel_${topic}`,
      (payload) => emitter.emit(topic, payload),
      () => emitter.emit(topic, ''),
    );
  }
  return {
    on<U extends T>(topic: U, heard: (payload: string) => void): () => void {
      emitter.on(topic, heard);
      return () => emitter.off(topic, heard);
    },
    async say(topic: T, payload = ''): Promise<void> {
      await client.db.execute(sql`select pg_notify(${`easel_${topic}`}, ${payload})`);
    },
  };
}
