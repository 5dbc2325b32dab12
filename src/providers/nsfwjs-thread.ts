import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parentPort } from 'node:worker_threads';
import { yieldThisThread } from '#media/yield-to-commands.ts';
import type { Chances, ShownPixels } from '#providers/nsfwjs.ts';

/** Looks at pictures one after the other; loading takes about half a second of a free core. */
yieldThisThread();
// The package and its backend print which model they load.
console.info = () => undefined;
console.warn = () => undefined;

const tf = await import('@tensorflow/tfjs');
const { setWasmPaths, setThreadsCount } = await import('@tensorflow/tfjs-backend-wasm');
const nsfwjs = await import('nsfwjs/core');
const { MobileNetV2MidModel } = await import('nsfwjs/models/mobilenet_v2_mid');

const folder = dirname(fileURLToPath(import.meta.resolve('@tensorflow/tfjs-backend-wasm')));
setWasmPaths(`${folder}/`);
setThreadsCount(1);
await tf.setBackend('wasm');
const model = await nsfwjs.load('MobileNetV2Mid', { modelDefinitions: [MobileNetV2MidModel] });

parentPort?.on('message', async ({ pixels, side }: ShownPixels) => {
  const picture = tf.tensor3d(pixels, [side, side, 3], 'int32');
  const classes = await model.classify(picture);
  picture.dispose();
  const chance = (name: string) => classes.find(({ className }) => className === name)?.probability ?? 0;
  const chances: Chances = { porn: chance('Porn'), hentai: chance('Hentai'), sexy: chance('Sexy') };
  parentPort?.postMessage(chances);
});
