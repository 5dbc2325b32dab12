/** The port of a service that tells whether a prompt may be made at all. Like an image provider it never retries and never sees who asked. */
export interface Moderator {
  readonly id: string;
  /** How long one call may take before it is given up. */
  readonly deadlineMs: number;
  /**
   * Resolves to what a text is objected to for, in the service's own words, such as `violence/graphic`; to none when it is fine.
   * @throws {ProviderError} for everything it refuses or fails at; anything else is a bug.
   */
  moderate(text: string, options: { signal: AbortSignal }): Promise<readonly string[]>;
}
