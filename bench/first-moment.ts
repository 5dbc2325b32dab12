/** A documented limit of what was sent, with everything else that drew on it. */
export interface Window {
  limit: number;
  windowMs: number;
  /** What the message that is asked about draws. */
  cost: number;
  others: readonly { at: number; count: number }[];
}

/**
 * The first moment from `from` on at which a message fits into every window beside what was really sent, in the clock of
 * `others`; `until` when it was sent itself, as later sends could not be known of.
 */
export function firstMoment(from: number, until: number, windows: readonly Window[]): number {
  const moments = windows.flatMap(({ windowMs, others }) => others.map(({ at }) => at + windowMs));
  const candidates = [from, ...moments.filter((moment) => moment > from && moment < until)].sort(
    (left, right) => left - right,
  );
  return candidates.find((moment) => windows.every((window) => fits(window, moment))) ?? until;
}

function fits({ limit, windowMs, cost, others }: Window, moment: number): boolean {
  const recent = others.filter(({ at }) => at > moment - windowMs && at <= moment);
  return recent.reduce((sum, { count }) => sum + count, 0) + cost <= limit;
}
