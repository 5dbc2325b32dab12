/** Jobs carry ids only: rows hold the truth, and a job may be lost or run twice without harm. */
export interface Jobs {
  'generate-image': { workspaceId: string; imageId: string; providerId: string; requestId: string };
  'dispatch-next': { providerId: string; requestId: string };
  'post-gallery': { workspaceId: string; batchId: string; requestId: string };
}

export type JobName = keyof Jobs;
export type Job = { [N in JobName]: { name: N; data: Jobs[N]; id?: string; delayMs?: number } }[JobName];

export interface JobQueue {
  /** Adds jobs. A job whose `id` is already waiting or running is not added again. */
  enqueue(jobs: readonly Job[]): Promise<void>;
  /** Which of these jobs the queue does not know (waiting, delayed or running). */
  missing(jobs: readonly (Job & { id: string })[]): Promise<(Job & { id: string })[]>;
  /** @throws when the queue's store does not answer. */
  check(): Promise<void>;
}

/** How a job ends other than by success: run it again later without counting it as a failure. */
export class RunLater extends Error {
  readonly delayMs: number;

  constructor(delayMs: number, reason: string) {
    super(reason);
    this.name = 'RunLater';
    this.delayMs = delayMs;
  }
}
