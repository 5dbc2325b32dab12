import { color, lighten, mix, toHex } from './sketch-color.ts';
import { circle, type Point, polygon, radialFill, round, type Scene, verticalFill } from './sketch-scene.ts';

/** Sky with its light, and what the hour brings: clouds by day, stars and perhaps an aurora by night. */
export function drawSky(scene: Scene, options: { hasLight: boolean } = { hasLight: true }): string {
  const { palette, width, height, horizon, random } = scene;
  const [top, middle, low] = palette.sky;
  const fill = verticalFill(scene, 0, Math.max(horizon, height * 0.5), [
    [0, top],
    [0.55, middle],
    [1, low],
  ]);
  const parts = [`<rect width="${width}" height="${height}" fill="${fill}"/>`];
  if (palette.isDark) parts.push(drawStars(scene));
  if (palette.hasAurora) parts.push(drawAurora(scene));
  if (options.hasLight) parts.push(drawLight(scene));
  if (!palette.isDark || random.chance(0.4)) parts.push(drawClouds(scene));
  return parts.join('');
}

function drawLight(scene: Scene): string {
  const { palette, sun } = scene;
  const reach = sun.radius * (palette.isDark ? 4.5 : 6);
  const halo = radialFill(scene, sun.x, sun.y, reach, [
    [0, palette.glow, palette.isDark ? 0.5 : 0.85],
    [0.18, palette.glow, palette.isDark ? 0.24 : 0.45],
    [0.5, palette.glow, 0.12],
    [1, palette.glow, 0],
  ]);
  const disc = verticalFill(scene, sun.y - sun.radius, sun.y + sun.radius, [
    [0, lighten(palette.glow, 0.02)],
    [1, mix(palette.glow, palette.isDark ? palette.sky[2] : palette.sky[1], palette.isDark ? 0.25 : 0.3)],
  ]);
  return (
    circle(sun.x, sun.y, reach, halo) +
    circle(sun.x, sun.y, sun.radius, disc) +
    (palette.isDark ? drawCraters(scene) : '')
  );
}

function drawCraters({ sun, palette, random }: Scene): string {
  const tone = toHex(mix(palette.glow, palette.sky[2], 0.5));
  return Array.from({ length: 5 }, () => {
    const [angle, away] = [random.between(0, 6.28), random.between(0, 0.62) * sun.radius];
    const radius = sun.radius * random.between(0.08, 0.2);
    return circle(sun.x + Math.cos(angle) * away, sun.y + Math.sin(angle) * away, radius, tone, 0.28);
  }).join('');
}

function drawStars({ random, width, horizon, palette }: Scene): string {
  const count = Math.round((width / 1000) * 150);
  const white = toHex(mix(palette.glow, color(0.99, 0.01, 250), 0.6));
  return Array.from({ length: count }, () => {
    const [x, y] = [random.between(0, width), random.between(0, 1) ** 1.25 * horizon];
    const isBright = random.chance(0.07);
    const radius = isBright ? random.between(2.4, 3.6) : random.between(0.7, 1.8);
    const star = circle(x, y, radius, white, random.between(0.35, 1) * (1 - (y / horizon) * 0.6));
    return isBright ? star + circle(x, y, radius * 3.2, white, 0.1) : star;
  }).join('');
}

function drawAurora(scene: Scene): string {
  const { random, width, horizon } = scene;
  return [150, 170, 195, 310]
    .map((hue) => {
      const base = horizon * random.between(0.5, 0.8);
      const rise = horizon * random.between(0.35, 0.6);
      const [phase, bend] = [random.between(0, 6.28), random.between(30, 80)];
      const lower: Point[] = Array.from({ length: 41 }, (_, index): Point => {
        const x = (index / 40) * width * 1.04 - width * 0.02;
        return [x, base + Math.sin(index / 6 + phase) * bend + Math.sin(index / 2.3 + phase * 2) * bend * 0.25];
      });
      const upper = lower.map(([x, y], index): Point => [x + 40, y - rise * (0.7 + 0.3 * Math.sin(index / 4 + phase))]);
      const glow = color(0.84, 0.19, hue + random.between(-10, 10));
      const fill = verticalFill(scene, base - rise - bend, base + bend, [
        [0, glow, 0],
        [0.75, glow, 0.3],
        [0.92, glow, 0.42],
        [1, glow, 0],
      ]);
      return polygon([...lower, ...upper.reverse()], fill);
    })
    .join('');
}

function drawClouds(scene: Scene): string {
  const { random, width, horizon, palette } = scene;
  const light = mix(palette.sky[2], color(0.985, 0.01, 80), palette.isDark ? 0.1 : 0.65);
  return Array.from({ length: random.integer(2, 5) }, () => {
    const y = random.between(0.1, 0.72) * horizon;
    const x = random.between(-0.1, 0.9) * width;
    const size = random.between(120, 300) * (0.6 + (0.6 * (horizon - y)) / horizon);
    const fill = verticalFill(scene, y - size * 0.28, y, [
      [0, light, palette.isDark ? 0.2 : 0.8],
      [1, light, palette.isDark ? 0.04 : 0.18],
    ]);
    return `<path d="${cloudPath(random, x, y, size)}" fill="${fill}"/>`;
  }).join('');
}

/** Overlapping rounds on a flat base as one outline, so that they do not show through each other. */
function cloudPath(random: Scene['random'], x: number, y: number, size: number): string {
  const base = size * 0.07;
  const bumps = random.integer(3, 5);
  const path = [
    `M${round(x)} ${round(y)}h${round(size)}a${round(base)} ${round(base)} 0 0 0 0 ${round(-2 * base)}h${round(-size)}a${round(base)} ${round(base)} 0 0 0 0 ${round(2 * base)}Z`,
  ];
  for (let index = 0; index < bumps; index++) {
    const part = (index + 0.5) / bumps;
    const radius = size * random.between(0.09, 0.13) * (1.35 - Math.abs(part - 0.5) * 1.5);
    const [left, middle] = [x + size * part - radius, y - base - radius * 0.35];
    path.push(
      `M${round(left)} ${round(middle)}a${round(radius)} ${round(radius)} 0 1 0 ${round(2 * radius)} 0a${round(radius)} ${round(radius)} 0 1 0 ${round(-2 * radius)} 0Z`,
    );
  }
  return path.join('');
}
