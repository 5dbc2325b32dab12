/** What a picture shows: `suggestive` is bare skin and the like, `explicit` is sex. From what everybody may see outward. */
export const ratings = ['safe', 'suggestive', 'explicit'] as const;
export type Rating = (typeof ratings)[number];

/** The port of what looks at a finished picture before anybody is shown it. Like a moderator it never retries and never sees who asked. */
export interface PictureCheck {
  readonly id: string;
  /** How long one look may take, with the wait for those before it, before it is given up. */
  readonly deadlineMs: number;
  /**
   * Looks at an encoded picture, of which a small form such as a thumbnail is enough.
   * @throws {ProviderError} for everything it fails at; anything else is a bug.
   */
  rate(picture: Uint8Array, options: { signal: AbortSignal }): Promise<Rating>;
  /** Ends what it keeps running; called once. */
  stop(): Promise<void>;
}
