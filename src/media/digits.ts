/** Strokes of the digits in a box 10 wide and 16 high, drawn as paths so that they need no font. */
const digitPaths: Readonly<Record<string, string>> = {
  '0': 'M5 1.5C7.4 1.5 8.7 4.3 8.7 8S7.4 14.5 5 14.5 1.3 11.7 1.3 8 2.6 1.5 5 1.5Z',
  '1': 'M2.4 4.4 5.8 1.5V14.5M2.9 14.5H8.6',
  '2': 'M1.6 4.9C1.8 2.8 3.2 1.5 5.1 1.5 7 1.5 8.4 2.9 8.4 4.8 8.4 7.3 5.6 9.2 1.6 14.5H8.7',
  '3': 'M1.8 1.5H8.1L4.7 6.5C7.2 6.4 8.7 8.1 8.7 10.4 8.7 12.8 7.1 14.5 4.8 14.5 3 14.5 1.8 13.7 1.2 12.2',
  '4': 'M6.9 14.5V1.5L1.1 10.6H9',
  '5': 'M8.1 1.5H2.6L2 7.3C2.9 6.5 3.9 6.2 5 6.2 7.2 6.2 8.7 7.9 8.7 10.3 8.7 12.8 7.1 14.5 4.8 14.5 3.1 14.5 1.8 13.7 1.2 12.3',
  '6': 'M7.4 1.5C4 3 1.4 6.2 1.4 10.3 1.4 12.9 2.9 14.5 5 14.5 7.2 14.5 8.7 12.8 8.7 10.6 8.7 8.4 7.2 6.8 5.1 6.8 3.2 6.8 1.8 8 1.4 9.8',
  '7': 'M1.3 1.5H8.8L3.9 14.5',
  '8': 'M5 7.6C3.1 7.6 2 6.3 2 4.6 2 2.8 3.2 1.5 5 1.5S8 2.8 8 4.6C8 6.3 6.9 7.6 5 7.6 2.8 7.6 1.3 9 1.3 11 1.3 13.1 2.8 14.5 5 14.5S8.7 13.1 8.7 11C8.7 9 7.2 7.6 5 7.6Z',
  '9': 'M2.6 14.5C6 13 8.6 9.8 8.6 5.7 8.6 3.1 7.1 1.5 5 1.5 2.8 1.5 1.3 3.2 1.3 5.4 1.3 7.6 2.8 9.2 4.9 9.2 6.8 9.2 8.2 8 8.6 6.2',
};

const advance = 12;
const boxWidth = 10;
const boxHeight = 16;

export type BadgeSize = { width: number; height: number };

/** Size of the badge for a number, in pixels, for a badge of the given height. */
export function badgeSize(digits: string, height: number): BadgeSize {
  const textUnits = digits.length * advance - (advance - boxWidth);
  return { width: Math.round(Math.max(height, (textUnits / boxHeight) * height * 0.55 + height * 0.62)), height };
}

/**
 * A number in white on a dark pill, as an SVG group with its top left corner at `x`, `y`, in pixels.
 *
 * @throws RangeError when `digits` holds anything but digits.
 */
export function drawBadge(digits: string, x: number, y: number, height: number): string {
  if (!/^[0-9]+$/.test(digits)) throw new RangeError(`a badge shows digits only, not "${digits}"`);
  const { width } = badgeSize(digits, height);
  const scale = (height * 0.55) / boxHeight;
  const textWidth = (digits.length * advance - (advance - boxWidth)) * scale;
  const left = x + (width - textWidth) / 2;
  const top = y + (height - boxHeight * scale) / 2;
  const strokes = [...digits]
    .map((digit, index) => `<path transform="translate(${index * advance} 0)" d="${digitPaths[digit]}"/>`)
    .join('');
  return (
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="${height / 2}" fill="#101114" fill-opacity="0.78"/>` +
    `<g transform="translate(${left} ${top}) scale(${scale})" fill="none" stroke="#fff" stroke-width="2.3"` +
    ` stroke-linecap="round" stroke-linejoin="round">${strokes}</g>`
  );
}
