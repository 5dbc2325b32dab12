import type { ImageFormat } from '#core/ports/images.ts';

const extensions = { png: 'png', jpeg: 'jpg', webp: 'webp' } as const;
/** Of a name without its ending, in UTF-8: file systems take 255 with it, and there is to be room for a number. */
const nameBytesMax = 200;
/** https://learn.microsoft.com/windows/win32/fileio/naming-a-file */
const forbidden = /[<>:"/\\|?*]/g;
const deviceName = /^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[\d¹²³])(\.|$)/i;
/** What turns the direction of text, and would show another ending than the file has. */
const unseen = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/gu;
const pictureEnding = /\.(png|jpe?g|webp)$/i;

export interface NamedRow {
  number: number;
  type: ImageFormat | null;
  /** What the file was wished to be called. */
  name?: string | null;
}

/**
 * What the files of a batch's pictures are called, in the order of the rows: as wished where somebody did, else by their
 * number. No two are the same, also where case does not count; each is a name that Windows takes.
 */
export function fileNames(batch: { id: string; total: number }, rows: readonly NamedRow[]): string[] {
  const digits = String(batch.total).length;
  const wished = rows.map((row) => ({
    stem: safeStem(row.name ?? '') || `${batch.id}-${String(row.number).padStart(digits, '0')}`,
    ending: row.type === null ? '' : `.${extensions[row.type]}`,
  }));
  const groups = Map.groupBy(wished, ({ stem, ending }) => folded(stem + ending));
  const taken = new Set([...groups].flatMap(([key, group]) => (group.length === 1 ? [key] : [])));
  const used = new Map<string, number>();
  return wished.map(({ stem, ending }) => {
    const key = folded(stem + ending);
    if (groups.get(key)?.length === 1) return stem + ending;
    let number = used.get(key) ?? 0;
    let name: string;
    do name = `${stem}-${++number}${ending}`;
    while (taken.has(folded(name)));
    used.set(key, number);
    taken.add(folded(name));
    return name;
  });
}

function folded(name: string): string {
  return name.normalize('NFKC').toUpperCase().toLowerCase();
}

/** Without an ending. What a spreadsheet or a command line could take for more than a name does not begin it. */
function safeStem(wished: string): string {
  const clean = wished
    .toWellFormed()
    .normalize('NFC')
    .replace(unseen, '')
    .trim()
    .replace(pictureEnding, '')
    .replace(forbidden, '_')
    .replace(/^[=+\-@\uff1d\uff0b\uff0d\uff20.\s]+/, '')
    .replace(deviceName, '_$&');
  return cutBytes(clean, nameBytesMax).replace(/[. ]+$/, '');
}

function cutBytes(text: string, max: number): string {
  let bytes = 0;
  let kept = '';
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > max) break;
    kept += character;
  }
  return kept;
}
