import { UserError } from '#core/errors.ts';

/** The refusal that `run` throws. @throws when it throws something else, or nothing. */
export function refusal(run: () => unknown): UserError {
  try {
    run();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
