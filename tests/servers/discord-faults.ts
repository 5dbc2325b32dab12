import { ApiRefusal, refusal } from '#tests/servers/discord-errors.ts';
import type { RecordedRequest } from '#tests/servers/discord-requests.ts';
import type { ChatFault } from '#tests/servers/faults.ts';

/** How requests to Discord go wrong. */
export interface Fault extends ChatFault<RecordedRequest> {
  /** Of `rate_limited`; 'user' when unset. */
  scope?: 'user' | 'global' | 'shared';
  /** Of `refused`. */
  code?: number;
  message?: string;
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
