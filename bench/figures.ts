/** The value that a share of all values does not exceed; nearest rank. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** Median, slow and slowest cases in milliseconds, to a tenth. */
export function summarize(timesMs: readonly number[]): { p50Ms: number; p95Ms: number; p99Ms: number; maxMs: number } {
  const at = (share: number) => round(percentile(timesMs, share));
  return { p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99), maxMs: at(1) };
}

export const round = (value: number) => Math.round(value * 10) / 10;

/** How long `work` takes, in milliseconds. */
export async function time(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}
