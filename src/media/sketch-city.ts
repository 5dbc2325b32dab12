import { color, lighten, mix, toHex } from './sketch-color.ts';
import { type Point, polygon, round, type Scene, verticalFill } from './sketch-scene.ts';

/** Rows of towers against the light, the nearer ones darker and with lit windows when the hour asks for them. */
export function drawCity(scene: Scene): { art: string; front: Point[] } {
  const { horizon, height, palette } = scene;
  const art = [0.1, 0.45, 0.85].map((nearness) => drawRow(scene, nearness)).join('');
  const street = verticalFill(scene, height * 0.9, height, [
    [0, palette.land(1), 0],
    [1, lighten(palette.land(1), -0.08), 1],
  ]);
  const floor: Point[] = [
    [0, height * 0.9],
    [scene.width, height * 0.9],
  ];
  return {
    art: `${art}<rect y="${horizon}" width="${scene.width}" height="${height - horizon}" fill="${street}"/>`,
    front: floor,
  };
}

function drawRow(scene: Scene, nearness: number): string {
  const { random, width, height, horizon, palette } = scene;
  const tone = palette.land(nearness);
  const base = height + 10;
  const fill = verticalFill(scene, horizon * 0.4, height, [
    [0, tone],
    [1, mix(tone, palette.sky[2], 0.5 * (1 - nearness))],
  ]);
  const parts: string[] = [];
  let x = random.between(-60, 0);
  while (x < width) {
    const wide = random.between(70, 150) * (0.75 + nearness * 0.5);
    const top =
      horizon + (height - horizon) * nearness * 0.55 - horizon * random.between(0.05, 0.42) * (1 - nearness * 0.45);
    parts.push(tower(scene, x, top, wide, base, fill));
    const sideX = scene.sun.x < x ? x + wide * 0.68 : x;
    parts.push(
      polygon(
        [
          [sideX, top],
          [sideX + wide * 0.32, top],
          [sideX + wide * 0.32, base],
          [sideX, base],
        ],
        toHex(lighten(tone, -0.05)),
        0.5,
      ),
    );
    if (nearness > 0.2) parts.push(windows(scene, x, top, wide, nearness));
    x += wide * random.between(0.92, 1.25);
  }
  return parts.join('');
}

function tower({ random }: Scene, x: number, top: number, wide: number, base: number, fill: string): string {
  const right = x + wide;
  const roofs: readonly [Point[], ...Point[][]] = [
    [
      [x, top],
      [right, top],
    ],
    [
      [x, top],
      [x + wide * 0.2, top],
      [x + wide * 0.2, top - 26],
      [right - wide * 0.2, top - 26],
      [right - wide * 0.2, top],
      [right, top],
    ],
    [
      [x, top],
      [x + wide / 2 - 3, top - wide * 0.3],
      [x + wide / 2, top - wide],
      [x + wide / 2 + 3, top - wide * 0.3],
      [right, top],
    ],
    [
      [x, top],
      [right, top - wide * 0.35],
    ],
  ];
  return polygon([[x, base], ...random.pick(roofs), [right, base]], fill);
}

function windows({ random, palette, height }: Scene, x: number, top: number, wide: number, nearness: number): string {
  const columns = Math.max(3, Math.round(wide / 24));
  const step = wide / (columns + 0.6);
  const lit = [mix(palette.glow, color(0.88, 0.14, 80), 0.6), mix(palette.accent, palette.glow, 0.3)] as const;
  const path: [string, string] = ['', ''];
  for (let y = top + 22; y < height - 30; y += step * 1.35) {
    for (let column = 0; column < columns; column++) {
      if (!random.chance(palette.hasWindows ? 0.42 : 0.16)) continue;
      const index = random.chance(0.8) ? 0 : 1;
      path[index] +=
        `M${round(x + step * (column + 0.55))} ${round(y)}h${round(step * 0.5)}v${round(step * 0.72)}h${round(-step * 0.5)}z`;
    }
  }
  const opacity = palette.hasWindows ? 0.45 + nearness * 0.45 : 0.4;
  return path
    .map(
      (d, index) =>
        `<path d="${d || 'M0 0'}" fill="${toHex(index === 0 ? lit[0] : lit[1])}" fill-opacity="${round(opacity)}"/>`,
    )
    .join('');
}
