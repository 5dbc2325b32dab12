/** Updates that were taken and that Telegram may not forget yet, oldest first. */
export interface UpdateWindow {
  /** Telegram may forget everything before it. */
  offset(): number;
  /** Whether something is not committed yet. */
  isBusy(): boolean;
  /** Starts each that is not under way. */
  take<U extends { update_id: number }>(updates: readonly U[], commit: (update: U) => Promise<void>): void;
  /** Resolves when nothing is under way, or when the signal fires. */
  settled(signal: AbortSignal): Promise<void>;
}

export function createUpdateWindow(): UpdateWindow {
  /** By update id: whether it is committed. */
  const open = new Map<number, boolean>();
  let next = 0;
  let changed = Promise.withResolvers<void>();

  const isBusy = () => [...open.values()].includes(false);

  return {
    offset() {
      for (const [id, committed] of open) {
        if (!committed) return id;
        open.delete(id);
      }
      return next;
    },
    isBusy,
    take(updates, commit) {
      for (const update of updates) {
        const id = update.update_id;
        if (open.has(id)) continue;
        open.set(id, false);
        next = id + 1;
        void commit(update).then(() => {
          open.set(id, true);
          changed.resolve();
          changed = Promise.withResolvers();
        });
      }
    },
    async settled(signal) {
      const fired = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      while (isBusy() && !signal.aborted) await Promise.race([changed.promise, fired]);
    },
  };
}
