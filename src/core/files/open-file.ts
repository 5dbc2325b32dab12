import { printActs } from '#core/audit/print-acts.ts';
import { openDownload } from '#core/batches/open-download.ts';
import { readZip, type ZipPlan } from '#core/batches/zip-pictures.ts';
import type { Deps } from '#core/deps.ts';
import { findFileLink } from '#core/files/file-links.ts';
import { planExport } from '#core/privacy/export-person.ts';
import { printUsage } from '#core/usage/print-usage.ts';

/** A file behind a link. One whose bytes are known beforehand can be read from anywhere on; another only as a whole. */
export interface OpenedFile {
  /** What it is called once it is downloaded. */
  name: string;
  type: string;
  read:
    | { length: number; hash: string; bytes(range: { start: number; end: number }): AsyncIterable<Uint8Array> }
    | (() => AsyncIterable<string>);
}

/** The file that a token opens by this name; undefined when it opens nothing, or no more. */
export async function openFile(
  deps: Pick<Deps, 'db' | 'blobs' | 'now'>,
  token: string,
  name: string,
): Promise<OpenedFile | undefined> {
  const found = await openDownload(deps, token);
  if (found) return name === `${found.batch.id}.zip` ? zipFile(deps, `easel-${name}`, found.plan) : undefined;
  const link = await findFileLink(deps, token, name);
  const csv = (read: () => AsyncIterable<string>) => ({ name, type: 'text/csv; charset=utf-8', read });
  if (link?.kind === 'audit') return csv(() => printActs(deps, link.subjectId));
  if (link?.kind === 'usage') return csv(() => printUsage(deps, link.subjectId, `${link.month}-01`));
  return link && zipFile(deps, name, await planExport(deps, link.subjectId));
}

function zipFile(deps: Pick<Deps, 'blobs'>, name: string, plan: Omit<ZipPlan, 'missing'>): OpenedFile {
  const { length, hash } = plan;
  return { name, type: 'application/zip', read: { length, hash, bytes: (range) => readZip(deps, plan, range) } };
}
