import { type Color, color, lighten, mix } from './sketch-color.ts';
import type { Random } from './sketch-random.ts';
import type { LandMood, PromptWords, SkyMood } from './sketch-words.ts';

/** The colours of one drawing. `land(0)` is farthest and palest, `land(1)` nearest. */
export type Palette = {
  sky: readonly [top: Color, middle: Color, horizon: Color];
  glow: Color;
  land(nearness: number): Color;
  accent: Color;
  isDark: boolean;
  hasSnow: boolean;
  hasAurora: boolean;
  hasWindows: boolean;
};

type SkyColors = { sky: [Color, Color, Color]; glow: Color; far: Color; near: Color };

const skies: Readonly<Record<SkyMood, SkyColors>> = {
  day: {
    sky: [color(0.68, 0.11, 242), color(0.82, 0.07, 225), color(0.95, 0.04, 95)],
    glow: color(0.98, 0.05, 98),
    far: color(0.78, 0.06, 215),
    near: color(0.42, 0.1, 160),
  },
  dawn: {
    sky: [color(0.68, 0.08, 278), color(0.83, 0.08, 10), color(0.95, 0.06, 75)],
    glow: color(0.97, 0.07, 80),
    far: color(0.78, 0.06, 320),
    near: color(0.4, 0.09, 275),
  },
  sunset: {
    sky: [color(0.4, 0.13, 295), color(0.66, 0.18, 20), color(0.88, 0.14, 72)],
    glow: color(0.95, 0.12, 88),
    far: color(0.66, 0.13, 15),
    near: color(0.22, 0.08, 305),
  },
  night: {
    sky: [color(0.15, 0.06, 272), color(0.27, 0.1, 275), color(0.48, 0.12, 285)],
    glow: color(0.96, 0.04, 95),
    far: color(0.38, 0.09, 278),
    near: color(0.11, 0.04, 275),
  },
  grey: {
    sky: [color(0.52, 0.03, 245), color(0.68, 0.025, 235), color(0.84, 0.02, 220)],
    glow: color(0.93, 0.02, 100),
    far: color(0.72, 0.02, 230),
    near: color(0.3, 0.04, 235),
  },
  aurora: {
    sky: [color(0.14, 0.05, 265), color(0.24, 0.08, 235), color(0.42, 0.09, 190)],
    glow: color(0.93, 0.05, 150),
    far: color(0.36, 0.07, 220),
    near: color(0.12, 0.04, 250),
  },
  neon: {
    sky: [color(0.17, 0.09, 285), color(0.38, 0.2, 315), color(0.72, 0.2, 5)],
    glow: color(0.88, 0.15, 75),
    far: color(0.42, 0.18, 310),
    near: color(0.13, 0.07, 285),
  },
  ember: {
    sky: [color(0.18, 0.06, 20), color(0.4, 0.16, 28), color(0.78, 0.18, 60)],
    glow: color(0.92, 0.15, 85),
    far: color(0.45, 0.15, 30),
    near: color(0.12, 0.04, 20),
  },
};

const lands: Readonly<Record<LandMood, { far: Color; near: Color; skies: readonly [SkyMood, ...SkyMood[]] }>> = {
  snow: { far: color(0.8, 0.045, 248), near: color(0.985, 0.008, 235), skies: ['dawn', 'day', 'dawn'] },
  forest: { far: color(0.8, 0.06, 170), near: color(0.28, 0.07, 158), skies: ['day', 'dawn', 'grey'] },
  sea: { far: color(0.76, 0.09, 215), near: color(0.36, 0.11, 245), skies: ['day', 'sunset', 'dawn'] },
  city: { far: color(0.72, 0.06, 280), near: color(0.24, 0.06, 280), skies: ['sunset', 'night', 'dawn'] },
  desert: { far: color(0.86, 0.08, 70), near: color(0.56, 0.13, 42), skies: ['day', 'sunset', 'dawn'] },
  autumn: { far: color(0.84, 0.1, 82), near: color(0.42, 0.14, 38), skies: ['day', 'dawn', 'sunset'] },
  spring: { far: color(0.88, 0.07, 10), near: color(0.56, 0.13, 145), skies: ['day', 'dawn'] },
  mountain: { far: color(0.78, 0.06, 255), near: color(0.3, 0.07, 250), skies: ['day', 'dawn', 'sunset'] },
  meadow: { far: color(0.86, 0.09, 140), near: color(0.5, 0.14, 140), skies: ['day', 'dawn'] },
};

const darkSkies: readonly SkyMood[] = ['night', 'aurora', 'neon', 'ember'];

/** Mixes a palette from the words, with the seed's own shift of hue. `seen` are colours of a reference picture. */
export function mixPalette(words: PromptWords, random: Random, seen: readonly Color[] = []): Palette {
  const land = words.lands[0];
  const skyMood =
    words.skies[0] ?? random.pick(land ? lands[land].skies : (['day', 'dawn', 'sunset', 'sunset', 'night'] as const));
  const base = skies[skyMood];
  const isDark = darkSkies.includes(skyMood);
  const shift = random.between(-14, 14);
  const main = words.colors[0] ?? seen[0];
  const accent = main ?? turn(color(0.68, 0.17, random.between(0, 360)), 0);
  const ground = groundOf(base, land, isDark, skyMood === 'sunset');
  const tint = tintOf(words, seen);
  const paint = (value: Color, part: number) => (tint ? lean(value, tint, part) : turn(value, shift));
  const landPart = !land ? 0.75 : tint && land !== 'snow' ? 0.5 : 0.12;
  const [far, near] = [paint(ground.far, landPart), paint(ground.near, landPart)];
  return {
    sky: [paint(base.sky[0], land ? 0.12 : 0.5), paint(base.sky[1], 0.35), paint(base.sky[2], 0.4)],
    glow: tint ? lean(base.glow, tint, 0.3) : base.glow,
    land: (nearness) => mix(far, near, nearness ** 1.1),
    accent,
    isDark,
    hasSnow: land === 'snow',
    hasAurora: skyMood === 'aurora',
    hasWindows: isDark || skyMood === 'sunset',
  };
}

/** Ground in its own colours, dimmed by a dark sky and warmed by a low sun. */
function groundOf(
  base: SkyColors,
  land: LandMood | undefined,
  isDark: boolean,
  isSunset: boolean,
): { far: Color; near: Color } {
  if (!land) return base;
  const own = lands[land];
  if (isDark) {
    const isBright = own.near.l > 0.9;
    const near = isBright ? color(0.72, 0.05, 262) : mix(own.near, base.near, 0.65);
    return { far: mix(own.far, base.far, isBright ? 0.6 : 0.75), near };
  }
  return isSunset ? { far: mix(own.far, base.far, 0.6), near: mix(own.near, base.near, 0.35) } : own;
}

function tintOf(words: PromptWords, seen: readonly Color[]): Color | undefined {
  // With an animal or a boat in the picture the colour is meant for it; the scene then keeps its own.
  const belongsToSubject = words.subjects.some((subject) => !['portrait', 'flower', 'planet'].includes(subject));
  return belongsToSubject ? seen[0] : (words.colors[0] ?? seen[0]);
}

/** Takes on another colour's hue and some of its chroma, and a little of its lightness. */
function lean(value: Color, to: Color, part: number): Color {
  const c = value.c + (Math.min(to.c, 0.19) - value.c) * part;
  const hued = mix(value, { l: value.l, c: Math.max(value.c, to.c), h: to.h }, part);
  return { l: value.l + (to.l - value.l) * part * 0.25, c, h: hued.h };
}

function turn({ l, c, h }: Color, degrees: number): Color {
  return { l, c, h: h + degrees };
}

/** A shade of the accent for the side away from the light. */
export function shade(value: Color, step = 0.12): Color {
  return lighten(value, -step);
}
