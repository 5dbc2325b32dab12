import type { JobName } from '#core/ports/queue.ts';
import type { JobDefinition } from '#jobs/define.ts';
import { dispatchNextJob } from '#jobs/dispatch-next.ts';
import { generateImageJob } from '#jobs/generate-image.ts';
import { postGalleryJob } from '#jobs/post-gallery.ts';

export const jobs = {
  'dispatch-next': dispatchNextJob,
  'generate-image': generateImageJob,
  'post-gallery': postGalleryJob,
} satisfies { [N in JobName]: JobDefinition<N> };
