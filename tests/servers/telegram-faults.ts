import type { RecordedRequest } from '#tests/servers/telegram-requests.ts';

export type FaultKind =
  | 'rate_limited'
  | 'server_error'
  /** A gateway's HTML instead of JSON; `status` 502 when unset. */
  | 'html'
  | 'slow'
  /** Carried out, but the connection is cut before the answer. */
  | 'cut_after'
  /** The connection is cut before anything is carried out. */
  | 'drop'
  /** The chat does not exist any more. */
  | 'gone'
  /** The bot was kicked. */
  | 'forbidden'
  /** Any other answer: `status` and `description` say which. */
  | 'refused';

export interface Fault {
  match(request: RecordedRequest): boolean;
  kind: FaultKind;
  /** How many requests it meets; 1 when unset. */
  times?: number;
  /** Of `rate_limited`; 1,000 when unset. Whole seconds are answered, as by Telegram. */
  retryAfterMs?: number;
  /** Of `slow`. */
  delayMs?: number;
  /** Of `server_error` (500), `html` (502) and `refused` (400). */
  status?: number;
  /** Of `refused`, with its prefix: `Bad Request: …`. */
  description?: string;
}

/** Thrown by a method: the answer is `ok: false` with this. */
export class ApiRefusal extends Error {
  override readonly name = 'ApiRefusal';
  readonly status: number;
  readonly parameters: Record<string, number> | undefined;
  constructor(status: number, description: string, parameters?: Record<string, number>) {
    super(description);
    this.status = status;
    this.parameters = parameters;
  }
}

export function badRequest(description: string): ApiRefusal {
  return new ApiRefusal(400, `Bad Request: ${description}`);
}

export function forbidden(description: string): ApiRefusal {
  return new ApiRefusal(403, `Forbidden: ${description}`);
}

export function tooManyRequests(waitMs: number): ApiRefusal {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  return new ApiRefusal(429, `Too Many Requests: retry after ${seconds}`, { retry_after: seconds });
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
    case 'rate_limited':
      return tooManyRequests(fault.retryAfterMs ?? 1000);
    case 'server_error':
      return new ApiRefusal(fault.status ?? 500, 'Internal Server Error');
    case 'gone':
      return badRequest('chat not found');
    case 'forbidden':
      return forbidden('bot was kicked from the supergroup chat');
    case 'refused':
      return new ApiRefusal(fault.status ?? 400, fault.description ?? 'Bad Request');
    default:
      return undefined;
  }
}
