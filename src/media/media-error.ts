export type MediaErrorReason = 'not_an_image' | 'unsupported_type' | 'too_many_pixels' | 'damaged' | 'cannot_fit';

/** A picture that cannot be used as asked. `reason` is for program logic and for the sentence a person reads. */
export class MediaError extends Error {
  override readonly name = 'MediaError';
  readonly reason: MediaErrorReason;

  constructor(reason: MediaErrorReason, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.reason = reason;
  }
}
