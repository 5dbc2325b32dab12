import { crc32 } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';

/** Red, green, blue and yellow quarters: tells turned, cropped and recoloured pictures apart. */
export function fourColors(width: number, height: number): Sharp {
  const colors = [
    [255, 0, 0],
    [0, 200, 0],
    [0, 0, 255],
    [255, 220, 0],
  ];
  const data = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const quarter = (y < height / 2 ? 0 : 2) + (x < width / 2 ? 0 : 1);
      data.set(colors[quarter] ?? [], (y * width + x) * 3);
    }
  }
  return sharp(data, { raw: { width, height, channels: 3 } });
}

/** Repeatable noise, which no encoder can make small. */
export function noise(width: number, height: number): Sharp {
  const data = Buffer.alloc(width * height * 3);
  let state = 99;
  for (let at = 0; at < data.length; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    data[at] = state >>> 24;
  }
  return sharp(data, { raw: { width, height, channels: 3 } });
}

export async function pixelAt(bytes: Uint8Array, x: number, y: number): Promise<[number, number, number]> {
  const [red = 0, green = 0, blue = 0] = await sharp(bytes)
    .flatten()
    .extract({ left: x, top: y, width: 1, height: 1 })
    .raw()
    .toBuffer();
  return [red, green, blue];
}

export async function regionOf(
  bytes: Uint8Array,
  left: number,
  top: number,
  width: number,
  height: number,
): Promise<Buffer> {
  return sharp(bytes).extract({ left, top, width, height }).raw().toBuffer();
}

/** A valid small PNG whose header claims other dimensions, as a decompression bomb does. */
export async function claimSize(width: number, height: number): Promise<Buffer> {
  const bytes = await fourColors(8, 8).png().toBuffer();
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29);
  return bytes;
}
