/** A start that cannot go on for a reason the operator can change; `message` is one sentence that says what to do. */
export class StartupError extends Error {
  override readonly name = 'StartupError';
  readonly code = 'startup';
}
