import { badgeSize, drawBadge } from './digits.ts';
import { openOwnDrawing } from './sharp.ts';

export type UsageChart = { bytes: Uint8Array; width: number; height: number };

const width = 960;
const height = 340;
const margin = 24;
const labelHeight = 22;
/** A few bars are no wider than this. */
const stepMax = 96;

/** So many bars have all their numbers below them. */
const numberedMax = 12;

/** A bar for each value, numbered from 1, as high as it is beside the others; the highest carries its value as a whole number. A PNG. */
export async function drawUsageChart(values: readonly number[]): Promise<UsageChart> {
  const most = Math.max(...values) || 1;
  const highest = values.indexOf(Math.max(...values));
  const step = Math.min(stepMax, (width - 2 * margin) / Math.max(1, values.length));
  const base = height - margin - labelHeight - 8;
  const room = base - margin - labelHeight - 8;
  const bars = values.map((value, index) => {
    const x = margin + index * step;
    const tall = value === 0 ? 2 : Math.max(4, (value / most) * room);
    const top = base - tall;
    const color = value === 0 ? '#d5d8de' : index === highest ? '#c2410c' : '#2f6fdb';
    const bar = `<rect x="${x + step * 0.14}" y="${top}" width="${step * 0.72}" height="${tall}" rx="3" fill="${color}"/>`;
    const numbered = values.length <= numberedMax || index === 0 || (index + 1) % 5 === 0;
    const number = numbered ? badge(String(index + 1), x + step / 2, base + 8) : '';
    const peak =
      index === highest && value >= 1 ? badge(String(Math.round(value)), x + step / 2, top - labelHeight - 4) : '';
    return bar + number + peak;
  });
  const line = `<rect x="${margin}" y="${base}" width="${width - 2 * margin}" height="1.5" fill="#9aa1ac"/>`;
  const drawing = await openOwnDrawing(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="#f8f8f6"/>${line}${bars.join('')}</svg>`,
  );
  return { bytes: await drawing.png().toBuffer(), width, height };
}

/** Around `center`, inside of the picture. */
function badge(digits: string, center: number, y: number): string {
  const { width: wide } = badgeSize(digits, labelHeight);
  const x = Math.min(width - wide - 4, Math.max(4, center - wide / 2));
  return drawBadge(digits, x, y, labelHeight);
}
