import { numberFormat } from '#src/formatters.ts';

const cells = 12;

/** A bar that reads the same on dark and light, with the counts: `██████░░░░░░ 4/8`. */
export function progressBar({ done, total }: { done: number; total: number }, locale: string): string {
  const share = total > 0 ? Math.min(1, Math.max(0, done / total)) : 0;
  // A bar is full only when all is done, and not empty once something is.
  const filled = share === 1 ? cells : Math.min(cells - 1, Math.max(share > 0 ? 1 : 0, Math.round(share * cells)));
  const number = numberFormat(locale);
  return `${'█'.repeat(filled)}${'░'.repeat(cells - filled)} ${number.format(done)}/${number.format(total)}`;
}
