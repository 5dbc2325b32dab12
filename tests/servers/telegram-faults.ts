import type { ChatFault, FaultKind } from '#tests/servers/faults.ts';
import type { RecordedRequest } from '#tests/servers/telegram-requests.ts';

type Kind =
  | FaultKind
  /** A gateway's HTML instead of JSON. */
  | 'html';

/** How requests to Telegram go wrong. `status` is 500 of `server_error`, 502 of `html` and 400 of `refused` when unset. */
export interface Fault extends ChatFault<RecordedRequest, Kind> {
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
