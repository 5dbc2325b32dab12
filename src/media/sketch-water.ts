import { lighten, mix, toHex } from './sketch-color.ts';
import { shade } from './sketch-palette.ts';
import { ground, type Point, polygon, type Scene, smoothRidge, verticalFill } from './sketch-scene.ts';

/** Water to the horizon: a far shore, the light's path, and swells that grow towards the viewer. */
export function drawWater(scene: Scene): { art: string; front: Point[] } {
  const { palette, horizon, height, width, random } = scene;
  const [far, near] = [palette.land(0), palette.land(1)];
  const room = height - horizon;
  const surface = verticalFill(scene, horizon, height, [
    [0, mix(far, palette.sky[2], 0.55)],
    [0.3, palette.land(0.35)],
    [1, near],
  ]);
  const parts = [
    drawShore(scene),
    `<rect y="${horizon}" width="${width}" height="${room}" fill="${surface}"/>`,
    drawPath(scene),
  ];
  let front: Point[] = [];
  for (let index = 0; index < 5; index++) {
    const nearness = (index + 1) / 5;
    const baseY = horizon + room * (0.16 + 0.68 * nearness ** 1.4);
    const crest = smoothRidge(scene, baseY, 4 + nearness * 20, 1.5 + (1 - nearness) * 3);
    if (index === 2) front = crest;
    const tone = palette.land(0.2 + nearness * 0.8);
    const fill = verticalFill(scene, baseY - 30, baseY + room * 0.3, [
      [0, lighten(tone, 0.05), 0.85],
      [1, shade(tone, 0.03), 0.85],
    ]);
    parts.push(ground(scene, crest, fill));
    const foam = crest.map(
      ([x, y]): Point => [x, y + 1 + (2 + nearness * 6) * Math.max(0, Math.sin(x / (50 + nearness * 80) + index * 2))],
    );
    parts.push(
      polygon([...crest, ...foam.toReversed()], toHex(mix(palette.glow, tone, 0.25)), random.between(0.3, 0.5)),
    );
  }
  return { art: parts.join(''), front };
}

function drawShore(scene: Scene): string {
  const { palette, horizon } = scene;
  const tone = toHex(mix(palette.land(0), palette.sky[1], 0.5));
  return ground(scene, smoothRidge(scene, horizon - 26, 34, 1.1), tone, 0.9);
}

/** Short bars of light below the sun or moon, wider and farther apart as they come nearer. */
function drawPath(scene: Scene): string {
  const { palette, horizon, height, sun, random } = scene;
  const glow = toHex(palette.glow);
  const bars = Array.from({ length: 26 }, (_, index) => {
    const part = index / 26;
    const y = horizon + 6 + (height - horizon) * part ** 1.3;
    const half = sun.radius * random.between(0.25, 0.9) * (0.7 + part * 1.3);
    const x = sun.x + random.between(-0.35, 0.35) * sun.radius;
    const thick = 3 + part * 9;
    return `<rect x="${Math.round(x - half)}" y="${Math.round(y)}" width="${Math.round(half * 2)}" height="${thick}" rx="${thick / 2}" fill="${glow}" fill-opacity="${(0.7 - part * 0.45).toFixed(2)}"/>`;
  });
  return bars.join('');
}
