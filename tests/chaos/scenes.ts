import type { StoredBatch, StoredImage, StoredShow } from '#tests/chaos/check-rows.ts';
import type { Evidence } from '#tests/chaos/evidence.ts';
import type { Asked } from '#tests/chaos/load.ts';
import type { KeylessPost, ShownMessage } from '#tests/chaos/platform.ts';
import type { Instance } from '#tests/chaos/processes.ts';
import type { RelayedCall } from '#tests/chaos/relay.ts';

/** One call of a worker, from second 1 to second 2, and what became of the worker. */
export function evidenceOf(
  call: Partial<RelayedCall>,
  options: { killedAt?: number; log?: object[]; cut?: boolean; outages?: Evidence['outages'] } = {},
): Evidence {
  const { killedAt, log = [], cut = false, outages = [] } = options;
  const whole: RelayedCall = { id: 'call', slot: 'worker-1', at: 1_000, endedAt: 2_000, end: 'whole', ...call };
  const easel = { stdout: log.map((line) => JSON.stringify(line)), stderr: [] } as unknown as Instance['easel'];
  const instance: Instance = { slot: 'worker-1', startedAt: 0, easel, ...(killedAt === undefined ? {} : { killedAt }) };
  return {
    calls: new Map([[whole.id, whole]]),
    instances: [instance],
    cutCalls: new Set(cut ? [whole.id] : []),
    outages,
  };
}

export function imageOf(facts: Partial<StoredImage> = {}): StoredImage {
  const image = { id: '1', batchId: 'k7m2q4', number: 1, prompt: 'a fox', state: 'succeeded', picture: null };
  const made = { isDeleted: false, isEnlarged: false };
  return { ...image, ...made, ...facts };
}

/** A room that shows these messages. */
export function roomWith(
  shown: ShownMessage[],
  posts: KeylessPost[] = [],
  { direct = [], ...facts }: Partial<Asked> & { direct?: ShownMessage[] } = {},
): Asked {
  const room = {
    type: async () => true,
    attach: async () => true,
    shown: () => shown,
    direct: () => direct,
    whispers: () => [],
    keylessPosts: () => posts,
  };
  return { platform: 'telegram', room, marker: 'batch0001', prompts: [], at: 0, taken: true, heard: 0, ...facts };
}

export const gallery: StoredShow = { kind: 'gallery', series: 0, shared: false, numbers: null };

export function batchOf(images: StoredImage[], facts: Partial<StoredBatch> = {}): StoredBatch {
  const batch = { id: 'k7m2q4', prompt: 'batch0001 a fox', isPrivate: false, isAgain: false };
  return { ...batch, shows: [gallery], images, ...facts };
}
