/**
 * Cuts a picture grid into rows of nearly equal length, so that no row is left with a single stretched picture.
 *
 * @param {number} count
 * @param {number} perRow the most pictures of one row
 * @returns {number[][]} the indexes of the pictures, row by row
 */
export function arrangePictures(count, perRow) {
  const rowCount = Math.ceil(count / perRow);
  const rows = [];
  let next = 0;
  for (let row = 0; row < rowCount; row++) {
    const length = Math.ceil((count - next) / (rowCount - row));
    rows.push(Array.from({ length }, (_, index) => next + index));
    next += length;
  }
  return rows;
}

/**
 * How many pictures stand side by side: few and large in a gallery; small on a running card, whose title and progress
 * must stay in view.
 *
 * @param {number} count
 * @param {{ isNarrow: boolean, isRunning: boolean }} place `isNarrow` is true on a phone
 */
export function picturesPerRow(count, { isNarrow, isRunning }) {
  if (isRunning) return isNarrow ? 3 : 4;
  if (count <= 3) return count;
  if (count === 4) return 2;
  if (count <= 9) return isNarrow && count === 6 ? 2 : 3;
  if (isNarrow) return count <= 24 ? 4 : 6;
  return count <= 20 ? 5 : 8;
}
