import { printActs } from '#core/audit/print-acts.ts';
import { openDownload } from '#core/batches/open-download.ts';
import { readZip, type ZipPlan } from '#core/batches/zip-pictures.ts';
import type { Deps } from '#core/deps.ts';
import { type FileWanted, findFileLink, monthOf } from '#core/files/file-links.ts';
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
  return link && makeFile(deps, link);
}

/** What somebody is given, as it is now; `alone`: without what rows name, such as pictures. */
export async function makeFile(
  deps: Pick<Deps, 'db' | 'blobs'>,
  { kind, subjectId, name }: FileWanted,
  { alone = false } = {},
): Promise<OpenedFile> {
  const csv = (read: () => AsyncIterable<string>) => ({ name, type: 'text/csv; charset=utf-8', read });
  switch (kind) {
    case 'audit':
      return csv(() => printActs(deps, subjectId));
    case 'usage':
      return csv(() => printUsage(deps, subjectId, `${monthOf({ name })}-01`));
    case 'person':
      return zipFile(deps, name, await planExport(deps, subjectId, { alone }));
  }
}

function zipFile(deps: Pick<Deps, 'blobs'>, name: string, plan: Omit<ZipPlan, 'missing'>): OpenedFile {
  const { length, hash } = plan;
  return { name, type: 'application/zip', read: { length, hash, bytes: (range) => readZip(deps, plan, range) } };
}
