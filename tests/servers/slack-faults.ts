import type { RecordedRequest } from '#tests/servers/slack-requests.ts';

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
  /** The bot is no longer in the channel. */
  | 'forbidden'
  /** Any other answer: `error` says which. */
  | 'refused'
  /** Of `files.completeUploadExternal`: answered ok, but the files never appear anywhere. */
  | 'unshared'
  /** Of `files.completeUploadExternal`: processing takes `delayMs`. */
  | 'slow_processing';

export interface Fault {
  match(request: RecordedRequest): boolean;
  kind: FaultKind;
  /** How many requests it meets; 1 when unset. */
  times?: number;
  /** Of `rate_limited`; 1,000 when unset. The header has whole seconds, as Slack's. */
  retryAfterMs?: number;
  /** Of `slow` and `slow_processing`. */
  delayMs?: number;
  /** Of `server_error`; 503 when unset. */
  status?: number;
  /** Of `refused`: Slack's error code. */
  error?: string;
}

/** Thrown by a method: Slack answers `ok: false` with this code. */
export class ApiRefusal extends Error {
  override readonly name = 'ApiRefusal';
  readonly code: string;
  readonly extra: Record<string, unknown>;
  constructor(code: string, extra: Record<string, unknown> = {}) {
    super(code);
    this.code = code;
    this.extra = extra;
  }
}

/** The form in which Slack says what is wrong with blocks, views and arguments. */
export function refuseWith(code: string, errors: readonly string[]): ApiRefusal {
  const messages = errors.map((error) => `[ERROR] ${error}`);
  return new ApiRefusal(code, { errors, response_metadata: { messages } });
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

/** The error code of a fault that is a plain refusal; undefined for the other kinds. */
export function refusalOf(fault: Fault): ApiRefusal | undefined {
  if (fault.kind === 'gone') return new ApiRefusal('channel_not_found');
  if (fault.kind === 'forbidden') return new ApiRefusal('not_in_channel');
  return fault.kind === 'refused' ? new ApiRefusal(fault.error ?? 'fatal_error') : undefined;
}
