import { lighten, mix, toHex } from './sketch-color.ts';
import { shade } from './sketch-palette.ts';
import { ground, type Point, polygon, ridgeAt, type Scene, smoothRidge, verticalFill } from './sketch-scene.ts';
import { drawTrees, type TreeKind } from './sketch-trees.ts';

/** Fading into the light of the horizon at the foot of each layer is what makes depth. */
function layerFill(scene: Scene, top: number, depth: number, nearness: number): string {
  const { palette } = scene;
  const tone = palette.land(nearness);
  const mist = mix(tone, palette.sky[2], 0.55 * (1 - nearness * 0.75));
  return verticalFill(scene, top, top + depth, [
    [0, palette.hasSnow ? lighten(tone, 0.02) : tone],
    [1, nearness > 0.95 ? shade(tone, palette.hasSnow ? 0.1 : 0.07) : mist],
  ]);
}

/** Rolling ground in layers, with trees where the prompt or chance wants them. Returns the nearest ground line for a subject. */
export function drawHills(scene: Scene, trees: TreeKind | 'none'): { art: string; front: Point[] } {
  const { random, horizon, height } = scene;
  const layers = random.integer(4, 5);
  const room = height - horizon;
  const parts: string[] = [];
  let front: Point[] = [];
  for (let index = 0; index < layers; index++) {
    const nearness = index / (layers - 1);
    const baseY = horizon + room * (nearness * 0.72 + (index === 0 ? -0.06 : 0.02));
    front = smoothRidge(scene, baseY, random.between(22, 46) * (0.75 + nearness * 0.5), random.between(0.7, 1.4));
    if (trees !== 'none' && index > 0) parts.push(drawTrees(scene, front, nearness, trees));
    parts.push(ground(scene, front, layerFill(scene, baseY - 60, room * 0.42, nearness)));
  }
  return { art: parts.join(''), front };
}

/** Long dunes with a lit and a shaded flank along each crest. */
export function drawDunes(scene: Scene): { art: string; front: Point[] } {
  const { random, horizon, height, palette } = scene;
  const room = height - horizon;
  const parts: string[] = [];
  let front: Point[] = [];
  for (let index = 0; index < 5; index++) {
    const nearness = index / 4;
    const baseY = horizon + room * (nearness * 0.75);
    front = smoothRidge(scene, baseY, 34 + nearness * 46, random.between(0.5, 0.9));
    parts.push(ground(scene, front, layerFill(scene, baseY - 80, room * 0.5, nearness)));
    const [start, length] = [random.between(-0.1, 0.5) * scene.width, random.between(0.45, 0.8) * scene.width];
    const crest = front.filter(([x]) => x > start && x < start + length);
    const lower = crest.map(
      ([x, y], at): Point => [x + 40 * nearness, y + Math.sin((at / crest.length) * Math.PI) * (50 + 110 * nearness)],
    );
    const dark = toHex(shade(palette.land(nearness), 0.09));
    if (crest.length > 2) parts.push(polygon([...crest, ...lower.reverse()], dark, 0.55));
  }
  return { art: parts.join(''), front };
}

/** A strip of sand along the lower edge, with wet sand where the water ends. */
export function drawBeach(scene: Scene): { art: string; front: Point[] } {
  const { horizon, height, palette } = scene;
  const baseY = horizon + (height - horizon) * 0.62;
  const sand = mix({ l: palette.isDark ? 0.45 : 0.87, c: 0.06, h: 78 }, palette.sky[2], 0.25);
  const front = smoothRidge(scene, baseY, 26, 0.7);
  const wet = front.map(([x, y]): Point => [x, y - 16]);
  const fill = verticalFill(scene, baseY - 30, height, [
    [0, sand],
    [1, shade(sand, 0.1)],
  ]);
  return { art: ground(scene, wet, toHex(shade(sand, 0.16)), 0.6) + ground(scene, front, fill), front };
}

/** Peaks with a lit and a shaded face and, high up or in winter, snow; foothills before them. */
export function drawMountains(scene: Scene, trees: TreeKind | 'none'): { art: string; front: Point[] } {
  const { random, horizon, height, width } = scene;
  const parts: string[] = [];
  for (const nearness of [0.12, 0.32, 0.52]) {
    const count = Math.round((width / 1000) * (nearness < 0.2 ? 3 : 2)) + 1;
    const order = Array.from({ length: count }, (_, index) => (index + random.between(0.15, 0.85)) / count);
    for (const place of order) {
      const rise = horizon * random.between(0.3, 0.68) * (1.1 - nearness * 0.75);
      parts.push(drawPeak(scene, place * width, horizon + (nearness - 0.1) * 130, rise, nearness));
    }
  }
  const lower: Scene = { ...scene, horizon: horizon + (height - horizon) * 0.16 };
  const hills = drawHills(lower, trees);
  return { art: parts.join('') + hills.art, front: hills.front };
}

function drawPeak(scene: Scene, x: number, baseY: number, rise: number, nearness: number): string {
  const { random, palette, sun } = scene;
  const spread = rise * random.between(0.95, 1.4);
  const top: Point = [x, baseY - rise];
  const left = jag(random, [x - spread, baseY + 40], top, rise * 0.05);
  const right = jag(random, top, [x + spread * random.between(0.8, 1.2), baseY + 40], rise * 0.05);
  const spine = jag(random, top, [x + spread * random.between(-0.12, 0.2), baseY + 40], rise * 0.07);
  const tone = palette.land(nearness);
  const [bright, dim] = [lighten(tone, 0.06), shade(tone, 0.06)];
  const faces = sun.x < x ? ([bright, dim] as const) : ([dim, bright] as const);
  const fill = (value: typeof tone) =>
    verticalFill(scene, baseY - rise, baseY + 30, [
      [0, value],
      [1, mix(value, palette.sky[2], 0.6 * (1 - nearness))],
    ]);
  const snowDepth = palette.hasSnow ? 0.6 : 0.32;
  const snow = mix({ l: palette.isDark ? 0.8 : 0.985, c: 0.012, h: 245 }, palette.sky[2], 0.12);
  const cap = (edge: readonly Point[], value: typeof snow) => {
    const upper = edge.filter(([, y]) => y < baseY - rise * (1 - snowDepth));
    const spineTop = spine.filter(([, y]) => y < baseY - rise * (1 - snowDepth * 0.9));
    return polygon(
      [...upper, ...dripping(upper.at(-1), spineTop.at(-1), rise), ...spineTop.toReversed()],
      toHex(value),
      0.94,
    );
  };
  const [leftSnow, rightSnow] = sun.x < x ? [snow, shade(snow, 0.11)] : [shade(snow, 0.11), snow];
  const fromTop = left.toReversed();
  return (
    polygon([...left, ...spine], fill(faces[0])) +
    polygon([...spine.toReversed(), ...right], fill(faces[1])) +
    cap(fromTop, leftSnow) +
    cap(right, rightSnow)
  );
}

/** The lower edge of a snow cap: tongues of snow between two points. */
function dripping(from: Point | undefined, to: Point | undefined, rise: number): Point[] {
  if (!from || !to) return [];
  return [0.2, 0.4, 0.6, 0.8].map(
    (part, index): Point => [
      from[0] + (to[0] - from[0]) * part,
      from[1] + (to[1] - from[1]) * part + rise * (index % 2 === 0 ? 0.09 : -0.03),
    ],
  );
}

/** A broken line between two points, rough across its direction. */
function jag(random: Scene['random'], from: Point, to: Point, roughness: number): Point[] {
  const steps = 9;
  return Array.from({ length: steps + 1 }, (_, index): Point => {
    const part = index / steps;
    const off = index === 0 || index === steps ? 0 : random.between(-roughness, roughness);
    return [from[0] + (to[0] - from[0]) * part + off, from[1] + (to[1] - from[1]) * part + off * 0.4];
  });
}

/** A place on the nearest ground for a subject, in the third of the picture away from the light. */
export function standingPlace(scene: Scene, front: readonly Point[]): Point {
  const { width, sun, random } = scene;
  const x = width * (sun.x < width / 2 ? random.between(0.56, 0.68) : random.between(0.32, 0.44));
  return [x, ridgeAt(front, x)];
}
