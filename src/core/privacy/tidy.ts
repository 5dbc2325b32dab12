import { removeAllReleased } from '#core/batches/released-blobs.ts';
import type { EraseDeps } from '#core/privacy/erase-people.ts';
import { erasePeople } from '#core/privacy/erase-people.ts';
import { keepForDays } from '#core/privacy/keep.ts';

/** What is to be deleted by now: all about people who asked for it, what workspaces keep no longer, and workspaces that were left. Run by two at once or again, it does what is left. */
export async function tidy(deps: EraseDeps): Promise<void> {
  await erasePeople(deps);
  await keepForDays(deps);
  await removeAllReleased(deps);
}
