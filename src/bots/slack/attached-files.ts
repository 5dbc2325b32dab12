import { z } from 'zod';
import type { FileRef } from '#core/ports/chat.ts';

/** Files as events and forms describe them. */
export const attachedFiles = z.array(
  z.object({
    id: z.string().min(1),
    name: z.string().nullish(),
    mode: z.string().nullish(),
    mimetype: z.string().nullish(),
    size: z.number().nullish(),
    url_private_download: z.string().nullish(),
    url_private: z.string().nullish(),
  }),
);

/** Files of another workspace's people come with an id only, by which Slack has to be asked. */
export function fileRefs(files: z.infer<typeof attachedFiles>): FileRef[] {
  return files.map(({ id, name, mimetype, size, url_private_download, url_private }) => ({
    name: name ?? id,
    type: mimetype ?? '',
    bytes: size ?? 0,
    locator: url_private_download ?? url_private ?? id,
  }));
}
