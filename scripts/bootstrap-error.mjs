/** Something the person at the keyboard can mend; `message` is the one line they see. */
export class BootstrapError extends Error {
  name = 'BootstrapError';
}

/** The person ended us; everything is tidied up, and what is left is to die of the same signal. */
export class InterruptedError extends Error {
  name = 'InterruptedError';

  /** @param {NodeJS.Signals} signal */
  constructor(signal) {
    super(`interrupted by ${signal}`);
    this.signal = signal;
  }
}
