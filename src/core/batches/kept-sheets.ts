import { LRUCache } from 'lru-cache';
import type { EncodedImage } from '#media/encode-pixels.ts';
import { type LiveCell, type LiveSheet, refreshSheet } from '#media/live-sheet.ts';

/** Sheets of fifty have some 12 MB each. */
const keptBytesMax = 64 * 1024 * 1024;
/** A batch whose next picture takes longer than this is drawn anew, which costs a tenth of a second. */
const keptMs = 60_000;

/**
 * Contact sheets that fill in, kept as pixels in this process so that the next picture is cheap. Nothing is lost with
 * them: they are drawn from the stored thumbnails wherever they are not at hand.
 */
export interface KeptSheets {
  /**
   * Draws what changed in a sheet, or all of it. Who asks while the same sheet is being drawn waits and draws what is
   * left. `onUnreadable` hears of pictures that cannot be read.
   */
  draw(
    key: string,
    cells: readonly LiveCell[],
    onUnreadable?: (error: unknown, cell: LiveCell) => void,
  ): Promise<EncodedImage>;
  /** Lets go of all sheets whose key begins like this. */
  forget(prefix: string): void;
}

/** `bytesMax` is how much they may have together; what was not used for longest goes first. */
export function createKeptSheets({ bytesMax = keptBytesMax }: { bytesMax?: number } = {}): KeptSheets {
  const kept = new LRUCache<string, LiveSheet>({
    maxSize: bytesMax,
    sizeCalculation: ({ pixels, encoded }) => pixels.data.byteLength + encoded.bytes.byteLength,
    ttl: keptMs,
    ttlAutopurge: true,
  });
  const running = new Map<string, Promise<EncodedImage>>();

  async function refresh(...[key, cells, onUnreadable]: Parameters<KeptSheets['draw']>): Promise<EncodedImage> {
    const before = kept.get(key);
    // Half drawn on when drawing fails.
    kept.delete(key);
    const sheet = await refreshSheet(before, cells, onUnreadable);
    kept.set(key, sheet);
    return sheet.encoded;
  }

  return {
    draw(key, cells, onUnreadable) {
      const next = () => refresh(key, cells, onUnreadable);
      const drawn = (running.get(key) ?? Promise.resolve()).then(next, next).finally(() => {
        if (running.get(key) === drawn) running.delete(key);
      });
      running.set(key, drawn);
      return drawn;
    },
    forget(prefix) {
      for (const key of [...kept.keys()]) if (key.startsWith(prefix)) kept.delete(key);
    },
  };
}
