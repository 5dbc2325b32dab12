import { createHash } from 'node:crypto';
import sharp from 'sharp';

export interface PictureOrder {
  /** What the picture follows from: the same text gives the same bytes. */
  seed: string;
  width: number;
  height: number;
  format: 'png' | 'jpeg' | 'webp';
}

/** A smooth picture of four by four colours: real, different for each seed, and cheap to make at any size. */
export async function paint({ seed, width, height, format }: PictureOrder): Promise<Buffer> {
  const colours = createHash('sha512').update(seed).digest().subarray(0, 48);
  return await sharp(colours, { raw: { width: 4, height: 4, channels: 3 } })
    .resize(width, height, { fit: 'fill', kernel: 'linear' })
    .toFormat(format, format === 'png' ? { compressionLevel: 1 } : {})
    .toBuffer();
}

/** A preview of `paint`: a quarter of the size, the later the lighter. */
export async function paintPartial(order: PictureOrder, index: number): Promise<Buffer> {
  const small = {
    ...order,
    width: Math.ceil(order.width / 4),
    height: Math.ceil(order.height / 4),
    format: 'png' as const,
  };
  return await sharp(await paint(small))
    .modulate({ brightness: 0.4 + 0.2 * index })
    .toFormat(order.format)
    .toBuffer();
}
