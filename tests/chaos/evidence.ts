import type { Instance } from '#tests/chaos/processes.ts';
import type { RelayedCall } from '#tests/chaos/relay.ts';

/** Why a call may have had its effect without Easel knowing. */
export type Excuse = 'cut' | 'died';

/** A process that has its answer still has to write it down. */
const savedWithinMs = 2_000;

/** What is known of calls and of those who made them. */
export interface Evidence {
  calls: ReadonlyMap<string, RelayedCall>;
  instances: readonly Instance[];
  /** Calls whose answer the service cut. */
  cutCalls: ReadonlySet<string>;
  /** When a store was away, in milliseconds since the epoch. */
  outages: readonly { from: number; to: number }[];
}

/** The one whose call it is. */
export function callerOf({ instances }: Pick<Evidence, 'instances'>, call: RelayedCall): Instance | undefined {
  return instances.findLast(({ slot, startedAt }) => slot === call.slot && startedAt <= call.at);
}

/**
 * The answer of this very call was cut, or its process was killed inside it: while it was open, or before what it
 * answered could be written down. Undefined where neither is so: then there is no excuse.
 */
export function excuseOf(evidence: Evidence, callId: string): Excuse | undefined {
  if (evidence.cutCalls.has(callId)) return 'cut';
  const call = evidence.calls.get(callId);
  const killedAt = call && callerOf(evidence, call)?.killedAt;
  if (!call || killedAt === undefined || killedAt < call.at) return undefined;
  const answeredAt = call.end === 'whole' ? call.endedAt : undefined;
  if (answeredAt === undefined) return 'died';
  return workedMs(evidence, answeredAt, killedAt) <= savedWithinMs ? 'died' : undefined;
}

/** A store that has just come back is not reached at once. */
const recoveryMs = 2_000;

/** How long there was to write something down, between two moments: with a store away there is none. */
export function workedMs({ outages }: Pick<Evidence, 'outages'>, from: number, to: number): number {
  const awayMs = outages.map((outage) => Math.min(to, outage.to + recoveryMs) - Math.max(from, outage.from));
  return to - from - awayMs.reduce((sum, ms) => sum + Math.max(0, ms), 0);
}
