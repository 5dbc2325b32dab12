import type { ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

/** What goes wrong on each of the chat platforms; some know more kinds. */
export type FaultKind =
  | 'rate_limited'
  | 'server_error'
  | 'slow'
  /** Carried out, but the connection is cut before the answer. */
  | 'cut_after'
  /** The connection is cut before anything is carried out. */
  | 'drop'
  /** The channel does not exist any more. */
  | 'gone'
  /** The bot may not be in the channel any more. */
  | 'forbidden'
  /** Any other answer: the platform's own fields say which. */
  | 'refused';

/** Which requests something is meant for. */
export interface Planned<Request> {
  match(request: Request): boolean;
  /** How many requests it meets; 1 when unset. */
  times?: number;
}

/** How requests to a chat platform go wrong. */
export interface ChatFault<Request, Kind extends string = FaultKind> extends Planned<Request> {
  kind: Kind;
  /** Of `rate_limited`; 1,000 when unset. */
  retryAfterMs?: number;
  /** Of `slow`. */
  delayMs?: number;
  /** Of `server_error`, and of other plain answers. */
  status?: number;
}

/** Faults in the order they were planned: each request takes the first that is meant for it. */
export function createFaultPlan<Request, Fault extends Planned<Request>>() {
  const faults: { fault: Fault; left: number }[] = [];
  return {
    add(fault: Fault): void {
      faults.push({ fault, left: fault.times ?? 1 });
    },
    /** The first fault that fits, used up by one. */
    take(request: Request): Fault | undefined {
      const next = faults.find(({ fault, left }) => left > 0 && fault.match(request));
      if (next) next.left -= 1;
      return next?.fault;
    },
  };
}

/** Plays what `drop` and `slow` do before a request is carried out; resolves to whether the connection is cut. */
export async function delayOrCut(
  fault: Pick<ChatFault<never, string>, 'kind' | 'delayMs'> | undefined,
  response: ServerResponse,
): Promise<boolean> {
  if (fault?.kind === 'drop') response.destroy();
  if (fault?.kind === 'slow') await pause(fault.delayMs ?? 0, undefined, { ref: false });
  return fault?.kind === 'drop';
}
