import { z } from 'zod';
import { generateImage } from '#core/batches/generate-image.ts';
import { defineJob } from '#jobs/define.ts';

export const generateImageJob = defineJob({
  name: 'generate-image',
  schema: z.object({
    workspaceId: z.uuid(),
    imageId: z.string().regex(/^\d+$/),
    providerId: z.string(),
    requestId: z.string(),
  }),
  run: generateImage,
});
