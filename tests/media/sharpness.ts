import sharp from 'sharp';

/** How much neighbouring pixels differ, in the mean, of 255: of what is blurred hardly at all. */
export async function sharpnessOf(bytes: Uint8Array): Promise<number> {
  const { data, info } = await sharp(bytes).flatten().greyscale().raw().toBuffer({ resolveWithObject: true });
  let sum = 0;
  for (let at = 1; at < data.length; at += 1) {
    if (at % info.width !== 0) sum += Math.abs((data[at] ?? 0) - (data[at - 1] ?? 0));
  }
  return sum / Math.max(1, data.length - info.height);
}
