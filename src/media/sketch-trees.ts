import { type Color, color, lighten, mix, toHex } from './sketch-color.ts';
import { circle, type Point, polygon, ridgeAt, type Scene } from './sketch-scene.ts';

export type TreeKind = 'conifer' | 'round' | 'blossom';

/** Trees along a ground line, in loose groups, larger and darker the nearer they are. */
export function drawTrees(scene: Scene, ridge: readonly Point[], nearness: number, kind: TreeKind): string {
  const { random, width } = scene;
  const size = 46 + nearness * 150;
  const parts: string[] = [];
  for (let x = random.between(-30, 40); x < width + 30; x += size * random.between(0.28, 0.62)) {
    const isGap = Math.sin(x / 170 + nearness * 5) < -0.15 + nearness * 0.55;
    if (isGap || random.chance(0.12)) continue;
    const height = size * random.between(0.65, 1.25);
    const y = ridgeAt(ridge, x) + height * 0.06;
    parts.push(
      kind === 'conifer' ? conifer(scene, x, y, height, nearness) : crown(scene, x, y, height, nearness, kind),
    );
  }
  return parts.join('');
}

function conifer(scene: Scene, x: number, y: number, height: number, nearness: number): string {
  const { palette, random } = scene;
  const pine = palette.hasSnow
    ? mix(color(0.38, 0.05, 205), palette.land(0), 0.75 * (1 - nearness))
    : deepen(palette.land(nearness));
  const dim = palette.isDark ? lighten(pine, -0.14) : pine;
  const tiers = 4;
  const left: Point[] = [];
  const right: Point[] = [];
  for (let tier = 0; tier < tiers; tier++) {
    const reach = height * 0.21 * ((tier + 1) / tiers) ** 0.85 * random.between(0.9, 1.1);
    const at = y - height * (1 - (tier + 1) / (tiers + 0.6));
    left.push([x - reach, at], [x - reach * 0.5, at - height * 0.02]);
    right.push([x + reach, at], [x + reach * 0.5, at - height * 0.02]);
  }
  const tip: Point = [x, y - height];
  const trunk = polygon(
    [
      [x - height * 0.025, y],
      [x + height * 0.025, y],
      [x + height * 0.02, y - height * 0.2],
      [x - height * 0.02, y - height * 0.2],
    ],
    toHex(lighten(dim, -0.1)),
  );
  const body = polygon([tip, ...right, ...left.toReversed()], toHex(dim));
  const lit = palette.hasSnow ? mix(palette.land(1), palette.land(0), 1 - nearness) : lighten(dim, 0.06);
  const side = scene.sun.x < x ? left : right;
  const highlight = polygon([tip, ...side, [x, y - height * 0.14]], toHex(lit), palette.hasSnow ? 0.75 : 0.55);
  return trunk + body + highlight;
}

function crown(scene: Scene, x: number, y: number, height: number, nearness: number, kind: TreeKind): string {
  const { palette, random } = scene;
  const leaf: Color =
    kind === 'blossom'
      ? mix(color(0.84, 0.1, random.between(345, 365)), palette.land(nearness), 0.45 * (1 - nearness))
      : deepen(palette.land(nearness));
  const trunk = toHex(mix(color(0.34, 0.04, 40), palette.land(nearness), 0.4));
  const lean = scene.sun.x < x ? -1 : 1;
  const parts = [
    polygon(
      [
        [x - height * 0.035, y],
        [x + height * 0.035, y],
        [x + height * 0.015, y - height * 0.6],
        [x - height * 0.015, y - height * 0.6],
      ],
      trunk,
    ),
  ];
  for (let index = 0; index < 4; index++) {
    const radius = height * random.between(0.17, 0.26);
    const [cx, cy] = [x + random.between(-0.16, 0.16) * height, y - height * random.between(0.55, 0.82)];
    parts.push(circle(cx, cy, radius, toHex(leaf)));
    parts.push(circle(cx + lean * radius * 0.25, cy - radius * 0.25, radius * 0.62, toHex(lighten(leaf, 0.05)), 0.7));
  }
  return parts.join('');
}

function deepen({ l, c, h }: Color): Color {
  return { l: Math.max(0.1, l - 0.1), c: c * 1.05, h };
}
