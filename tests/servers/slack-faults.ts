import type { ChatFault, FaultKind } from '#tests/servers/faults.ts';
import type { RecordedRequest } from '#tests/servers/slack-requests.ts';

type Kind =
  | FaultKind
  /** Of `files.completeUploadExternal`: answered ok, but the files never appear anywhere. */
  | 'unshared'
  /** Of `files.completeUploadExternal`: processing takes `delayMs`. */
  | 'slow_processing';

/** How requests to Slack go wrong. `Retry-After` has whole seconds; `server_error` is 503 when its status is unset. */
export interface Fault extends ChatFault<RecordedRequest, Kind> {
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

/** The error code of a fault that is a plain refusal; undefined for the other kinds. */
export function refusalOf(fault: Fault): ApiRefusal | undefined {
  if (fault.kind === 'gone') return new ApiRefusal('channel_not_found');
  if (fault.kind === 'forbidden') return new ApiRefusal('not_in_channel');
  return fault.kind === 'refused' ? new ApiRefusal(fault.error ?? 'fatal_error') : undefined;
}
