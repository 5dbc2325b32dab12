/**
 * The port of a text model that writes prompts out. Like an image provider it never retries, never decides about money
 * and never sees who asked.
 */
export interface PromptWriter {
  readonly id: string;
  /** How long one call may take before it is given up. */
  readonly deadlineMs: number;
  /**
   * Writes words out into a fuller image prompt of the same subject, in the same language.
   * @throws {ProviderError} for everything it refuses or fails at; anything else is a bug.
   */
  write(request: WriteRequest, options: { signal: AbortSignal }): Promise<WrittenPrompt>;
}

export interface WriteRequest {
  prompt: string;
  /** What is not to be shown. */
  negative?: string;
  /** Most characters of what is written. */
  charsMax: number;
}

export interface WrittenPrompt {
  /** Plain text in one paragraph, never empty. */
  prompt: string;
  cost?: { micros: number; currency: string };
}
