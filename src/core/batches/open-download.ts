import { findDownload } from '#core/batches/download-links.ts';
import type { Batch } from '#core/batches/find-batch.ts';
import { planZip, type ZipPlan } from '#core/batches/zip-pictures.ts';
import type { Deps } from '#core/deps.ts';

/** The zip behind a link; undefined when the link opens nothing, or no more. */
export async function openDownload(
  deps: Pick<Deps, 'db' | 'blobs' | 'now'>,
  token: string,
): Promise<{ batch: Batch; plan: ZipPlan } | undefined> {
  const found = await findDownload(deps, token);
  return found && { batch: found.batch, plan: await planZip(deps, found.batch, found.pictures) };
}
