import { ApiRefusal, refusal } from '#tests/servers/discord-errors.ts';
import type { RecordedRequest } from '#tests/servers/discord-requests.ts';

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
  /** The app may not see the channel any more. */
  | 'forbidden'
  /** Any other answer: `status`, `code` and `message` say which. */
  | 'refused';

export interface Fault {
  match(request: RecordedRequest): boolean;
  kind: FaultKind;
  /** How many requests it meets; 1 when unset. */
  times?: number;
  /** Of `rate_limited`; 1,000 when unset. */
  retryAfterMs?: number;
  /** Of `rate_limited`; 'user' when unset. */
  scope?: 'user' | 'global' | 'shared';
  /** Of `slow`. */
  delayMs?: number;
  status?: number;
  code?: number;
  message?: string;
}

export function createFaultPlan() {
  const faults: (Fault & { left: number })[] = [];
  return {
    add(fault: Fault): void {
      faults.push({ ...fault, left: fault.times ?? 1 });
    },
    /** The first fault that fits, used up by one. */
    take(request: RecordedRequest): Fault | undefined {
      const fault = faults.find(({ left, match }) => left > 0 && match(request));
      if (fault) fault.left -= 1;
      return fault;
    },
  };
}

/** The answer of a fault that is a plain refusal; undefined for the other kinds. */
export function refusalOf(fault: Fault): ApiRefusal | undefined {
  switch (fault.kind) {
    case 'server_error':
      return fault.status === undefined
        ? refusal('serverError')
        : new ApiRefusal(fault.status, { message: `${fault.status}: Server Error`, code: 0 });
    case 'gone':
      return refusal('unknownChannel');
    case 'forbidden':
      return refusal('missingAccess');
    case 'refused':
      return new ApiRefusal(fault.status ?? 400, { message: fault.message ?? 'Refused', code: fault.code ?? 0 });
    default:
      return undefined;
  }
}
