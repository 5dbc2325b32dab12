import { drawPetals, drawPlanet, drawPortrait } from './sketch-abstract.ts';
import { drawCity } from './sketch-city.ts';
import type { Color } from './sketch-color.ts';
import { drawBeach, drawDunes, drawHills, drawMountains, standingPlace } from './sketch-land.ts';
import { mixPalette } from './sketch-palette.ts';
import { createRandom, type Random } from './sketch-random.ts';
import { circle, type Point, radialFill, type Scene } from './sketch-scene.ts';
import { drawSky } from './sketch-sky.ts';
import { drawSubject, isAnimal } from './sketch-subjects.ts';
import type { TreeKind } from './sketch-trees.ts';
import { drawWater } from './sketch-water.ts';
import { type LandMood, type PromptWords, readPromptWords } from './sketch-words.ts';

type Family = 'hills' | 'mountains' | 'dunes' | 'water' | 'city' | 'petals' | 'portrait' | 'planet';

export type SketchRequest = {
  prompt: string;
  seed: number;
  /** Pixels. */
  width: number;
  height: number;
};

const landFamilies: Readonly<Record<LandMood, readonly [Family, ...Family[]]>> = {
  snow: ['hills', 'mountains'],
  forest: ['hills', 'mountains'],
  sea: ['water'],
  city: ['city'],
  desert: ['dunes'],
  autumn: ['hills', 'mountains'],
  spring: ['hills'],
  mountain: ['mountains'],
  meadow: ['hills'],
};

const landTrees: Readonly<Partial<Record<LandMood, TreeKind>>> = {
  snow: 'conifer',
  forest: 'conifer',
  mountain: 'conifer',
  autumn: 'round',
  meadow: 'round',
  spring: 'blossom',
};

/** Composes the whole drawing as an SVG document. Nothing of the prompt's own text goes into it. */
export function composeSketch({ prompt, seed, width, height }: SketchRequest, seen: readonly Color[] = []): string {
  const words = readPromptWords(prompt);
  const random = createRandom(`${seed}/${prompt.normalize('NFC')}`);
  const unit = 1000 / Math.min(width, height);
  const family = chooseFamily(words, random);
  const palette = mixPalette(words, random, seen);
  const size = { width: width * unit, height: height * unit };
  const horizon = size.height * random.between(0.52, 0.62);
  const side = random.chance(0.5) ? random.between(0.16, 0.36) : random.between(0.64, 0.84);
  const sun = {
    x: size.width * side,
    y: horizon * random.between(0.3, 0.72),
    radius: random.between(52, 96) * (family === 'city' || family === 'water' ? 1.35 : 1),
  };
  const scene: Scene = { ...size, horizon, sun, palette, random, defs: [] };
  const art = drawFamily(scene, family, words) + drawVignette(scene);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${size.width} ${size.height}">` +
    `<defs>${scene.defs.join('')}</defs>${art}</svg>`
  );
}

function chooseFamily(words: PromptWords, random: Random): Family {
  const land = words.lands[0];
  if (land) return random.pick(landFamilies[land]);
  const whole = words.subjects[0];
  if (whole === 'flower') return 'petals';
  if (whole === 'portrait' || whole === 'planet') return whole;
  if (whole === 'boat') return 'water';
  const open = ['hills', 'mountains', 'dunes', 'hills'] as const;
  return whole ? random.pick(open) : random.pick([...open, 'water', 'city', 'petals', 'planet'] as const);
}

function drawFamily(scene: Scene, family: Family, words: PromptWords): string {
  if (family === 'petals') return drawPetals(scene);
  if (family === 'portrait') return drawPortrait(scene);
  if (family === 'planet') {
    return drawSky({ ...scene, horizon: scene.height }, { hasLight: false }) + drawPlanet(scene);
  }
  const sky = drawSky(scene);
  const land = drawLand(scene, family, words.lands[0]);
  const subject = words.subjects[0];
  const beach = family === 'water' && subject && isAnimal(subject) ? drawBeach(scene) : undefined;
  const place = standingPlace(scene, beach?.front ?? land.front);
  const figure = subject ? drawSubject(scene, subject, place, words.colors) : drawBirds(scene);
  const flakes = scene.palette.hasSnow ? drawSnowfall(scene) : '';
  return sky + land.art + (beach?.art ?? '') + figure + flakes;
}

function drawLand(scene: Scene, family: Family, land: LandMood | undefined): { art: string; front: Point[] } {
  if (family === 'water') return drawWater(scene);
  if (family === 'city') return drawCity(scene);
  if (family === 'dunes') return drawDunes(scene);
  const trees = land ? (landTrees[land] ?? 'none') : scene.random.pick(['conifer', 'round', 'none'] as const);
  return family === 'mountains' ? drawMountains(scene, trees) : drawHills(scene, trees);
}

function drawBirds({ random, width, horizon, palette }: Scene): string {
  if (palette.isDark) return '';
  const [x, y] = [random.between(0.25, 0.7) * width, random.between(0.2, 0.5) * horizon];
  const birds = Array.from({ length: random.integer(3, 7) }, () => {
    const size = random.between(9, 20);
    const [dx, dy] = [random.between(-130, 130), random.between(-60, 60)];
    return `M${Math.round(x + dx - size)} ${Math.round(y + dy)}q${size * 0.6} ${-size * 0.7} ${size} 0q${size * 0.4} ${-size * 0.7} ${size} 0`;
  });
  return `<path d="${birds.join('')}" fill="none" stroke="#1d2233" stroke-opacity="0.55" stroke-width="3.2" stroke-linecap="round"/>`;
}

function drawSnowfall({ random, width, height, palette }: Scene): string {
  const opacity = palette.isDark ? 0.6 : 0.85;
  return Array.from({ length: Math.round((width * height) / 9000) }, () => {
    const [x, y] = [random.between(0, width), random.between(0, height)];
    const radius = random.between(1.4, 4) * (random.chance(0.12) ? 2 : 1);
    return circle(x, y, radius, '#ffffff', opacity * random.between(0.3, 1));
  }).join('');
}

function drawVignette(scene: Scene): string {
  const { width, height } = scene;
  const dark = { l: 0.12, c: 0.04, h: 285 };
  const fill = radialFill(scene, width / 2, height / 2, Math.hypot(width, height) * 0.56, [
    [0.62, dark, 0],
    [1, dark, 0.26],
  ]);
  return `<rect width="${width}" height="${height}" fill="${fill}"/>`;
}
