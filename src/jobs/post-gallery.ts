import { z } from 'zod';
import { postGallery } from '#core/batches/post-gallery.ts';
import { defineJob } from '#jobs/define.ts';

export const postGalleryJob = defineJob({
  name: 'post-gallery',
  schema: z.object({ workspaceId: z.uuid(), batchId: z.string(), requestId: z.string() }),
  run: postGallery,
});
