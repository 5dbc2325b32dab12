import { refusalOf, toDeliveryError } from '#bots/telegram/delivery-error.ts';

/**
 * Edits; what is the same already is done.
 * @throws {DeliveryError}
 */
export async function unlessTheSame(edit: () => Promise<unknown>): Promise<void> {
  try {
    await edit();
  } catch (error) {
    if (!refusalOf(error)?.description.includes('message is not modified')) throw toDeliveryError(error);
  }
}
