import { parentPort, workerData } from 'node:worker_threads';
import { resample } from './resample.ts';
import type { Pixels } from './sharp.ts';
import { yieldThisThread } from './yield-to-commands.ts';

/** What a thread of its own is started for: one picture, which it hands back without a copy. */
const { pixels, size } = workerData as { pixels: Pixels; size: { width: number; height: number } };

yieldThisThread();
const enlarged = resample(pixels, size);
parentPort?.postMessage(enlarged, [enlarged.data.buffer as ArrayBuffer]);
