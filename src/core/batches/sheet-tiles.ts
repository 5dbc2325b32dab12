import type { images } from '#db/schema/index.ts';
import type { Size } from '#media/layout.ts';
import type { TileState } from '#media/sheet-pixels.ts';

/** Pictures on one contact sheet; more make several. */
export const sheetTilesMax = 50;

type ImageRow = typeof images.$inferSelect;

/** What the cell of an image shows while it has no picture. */
export function tileState({ state, deletedAt }: Pick<ImageRow, 'state' | 'deletedAt'>): TileState {
  if (deletedAt !== null) return 'deleted';
  if (state === 'cancelled') return 'cancelled';
  return state === 'failed' || state === 'blocked' ? 'failed' : 'waiting';
}

/** Of an image's thumbnail, or the shape that it is to have. */
export function tileSize(row: Pick<ImageRow, 'width' | 'height' | 'thumbnailWidth' | 'thumbnailHeight'>): Size {
  return { width: row.thumbnailWidth ?? row.width, height: row.thumbnailHeight ?? row.height };
}
