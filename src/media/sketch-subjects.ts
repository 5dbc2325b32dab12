import { type Color, color, lighten, mix, toHex } from './sketch-color.ts';
import { shade } from './sketch-palette.ts';
import { type Point, round, type Scene } from './sketch-scene.ts';
import type { Subject } from './sketch-words.ts';

type Animal = {
  coat: Color;
  pale: Color;
  ears: 'pointed' | 'long' | 'round';
  tail: 'brush' | 'thin' | 'puff';
  cheeks: boolean;
};

const cream = color(0.96, 0.025, 75);
const animals: Readonly<Partial<Record<Subject, Animal>>> = {
  fox: { coat: color(0.66, 0.17, 48), pale: cream, ears: 'pointed', tail: 'brush', cheeks: true },
  wolf: { coat: color(0.55, 0.02, 255), pale: color(0.9, 0.01, 250), ears: 'pointed', tail: 'brush', cheeks: true },
  dog: { coat: color(0.72, 0.11, 65), pale: cream, ears: 'pointed', tail: 'puff', cheeks: true },
  cat: { coat: color(0.5, 0.05, 60), pale: color(0.88, 0.03, 70), ears: 'pointed', tail: 'thin', cheeks: false },
  rabbit: { coat: color(0.86, 0.03, 70), pale: color(0.98, 0.008, 80), ears: 'long', tail: 'puff', cheeks: false },
  bear: { coat: color(0.42, 0.06, 50), pale: color(0.75, 0.06, 65), ears: 'round', tail: 'puff', cheeks: false },
};

/** Whether a subject needs firm ground to sit on. */
export function isAnimal(subject: Subject): boolean {
  return subject in animals;
}

/** Draws what the prompt is about, standing at a point of the scene; empty for subjects that are whole compositions. */
export function drawSubject(scene: Scene, subject: Subject, place: Point, colors: readonly Color[]): string {
  const { random } = scene;
  const size = random.between(1.45, 1.9) * Math.min(1.25, scene.width / 1000);
  const animal = animals[subject];
  const wanted = colors[0];
  if (animal) {
    const coat = wanted ? (wanted.c > 0.15 ? mix(wanted, animal.coat, 0.25) : wanted) : animal.coat;
    return placed(place, size, drawAnimal({ ...animal, coat }, scene.palette.isDark, random.chance(0.5)));
  }
  const paint = wanted ?? color(0.62, 0.19, 28);
  if (subject === 'boat') return placed(place, size * 0.8, boat(paint, scene.palette.glow));
  if (subject === 'house')
    return placed(place, size * 0.95, house(paint, scene.palette.hasSnow, scene.palette.hasWindows));
  if (subject === 'balloon') return placed([place[0], scene.horizon * 0.62], size, balloon(paint));
  return '';
}

function placed([x, y]: Point, size: number, art: string): string {
  return `<g transform="translate(${round(x)} ${round(y + 18 * size)}) scale(${round(size)})">${art}</g>`;
}

function shape(d: string, fill: Color, opacity = 1): string {
  return `<path d="${d}" fill="${toHex(fill)}"${opacity < 1 ? ` fill-opacity="${opacity}"` : ''}/>`;
}

/** Sitting, seen from the front; the origin is the middle of the ground below it, 160 units is its height. */
function drawAnimal(animal: Animal, isDark: boolean, faces: boolean): string {
  const dim = (value: Color) => (isDark ? lighten(value, -0.08) : value);
  const [coat, pale] = [dim(animal.coat), dim(animal.pale)];
  const [under, ink] = [shade(coat, 0.1), color(0.2, 0.02, 40)];
  const earShapes = {
    pointed:
      shape('M-39-117L-35-166-8-137ZM39-117L35-166 8-137Z', coat) +
      shape('M-34-128L-32-154-17-137ZM34-128L32-154 17-137Z', ink),
    long:
      shape('M-26-125C-46-170-40-215-26-214S-4-170-8-130ZM26-125C46-170 40-215 26-214S4-170 8-130Z', coat) +
      shape(
        'M-22-135C-34-172-31-200-26-200S-13-168-14-138ZM22-135C34-172 31-200 26-200S13-168 14-138Z',
        mix(coat, color(0.78, 0.1, 15), 0.6),
      ),
    round:
      shape('M-44-132a17 17 0 1 1 34 0a17 17 0 1 1-34 0ZM10-132a17 17 0 1 1 34 0a17 17 0 1 1-34 0Z', coat) +
      shape('M-36-132a9 9 0 1 1 18 0a9 9 0 1 1-18 0ZM18-132a9 9 0 1 1 18 0a9 9 0 1 1-18 0Z', under),
  };
  const tails = {
    brush:
      shape('M14-6C60 6 104-16 98-62C95-84 82-96 68-100C74-78 66-52 20-36Z', under) +
      shape('M68-100C82-96 95-84 98-62C88-74 80-72 71-64C74-76 73-90 68-100Z', pale),
    thin: `<path d="M18-8C70 4 92-20 74-46S76-92 92-82" fill="none" stroke="${toHex(under)}" stroke-width="13" stroke-linecap="round"/>`,
    puff: shape('M26-30a19 19 0 1 1 38 0a19 19 0 1 1-38 0Z', mix(coat, pale, 0.6)),
  };
  const head =
    animal.ears === 'pointed' && animal.cheeks
      ? shape(
          'M-40-122C-24-146 24-146 40-122C46-106 52-96 56-90C36-70 14-62 0-52C-14-62-36-70-56-90C-52-96-46-106-40-122Z',
          coat,
        )
      : shape('M-43-104C-43-136-24-146 0-146S43-136 43-104C43-76 22-62 0-62S-43-76-43-104Z', coat);
  const muzzle = animal.cheeks
    ? shape('M0-52C-14-62-36-70-56-90C-34-92-14-92-7-108C-5-112 5-112 7-108C14-92 34-92 56-90C36-70 14-62 0-52Z', pale)
    : shape('M-20-82C-20-96-9-98 0-98S20-96 20-82C20-70 9-65 0-65S-20-70-20-82Z', pale);
  const noseY = animal.cheeks ? -60 : -88;
  const eyes = `<ellipse cx="-19" cy="-107" rx="5" ry="6.2" fill="${toHex(ink)}"/><ellipse cx="19" cy="-107" rx="5" ry="6.2" fill="${toHex(ink)}"/><circle cx="-17.4" cy="-109.4" r="1.7" fill="#fff"/><circle cx="20.6" cy="-109.4" r="1.7" fill="#fff"/>`;
  const body =
    shape('M-44 0C-56-34-34-74 0-80C34-74 56-34 44 0Z', coat) +
    shape('M-17-4C-24-36-18-62 0-72C18-62 24-36 17-4Z', pale) +
    shape('M-24 0C-24-18-22-34-15-42L-6-42L-5 0ZM24 0C24-18 22-34 15-42L6-42L5 0Z', mix(coat, under, 0.5)) +
    shape('M-27 2C-27-9-4-9-4 2ZM27 2C27-9 4-9 4 2Z', animal.cheeks ? ink : shade(coat, 0.14));
  const shadow = `<ellipse cx="12" cy="3" rx="82" ry="9" fill="#1a2036" fill-opacity="0.2"/>`;
  const tail = faces ? tails[animal.tail] : `<g transform="scale(-1 1)">${tails[animal.tail]}</g>`;
  return `${shadow}${tail}${body}${earShapes[animal.ears]}${head}${muzzle}${eyes}<ellipse cx="0" cy="${noseY}" rx="7" ry="5.2" fill="${toHex(ink)}"/>`;
}

function boat(paint: Color, light: Color): string {
  const sail = mix(color(0.97, 0.015, 85), light, 0.3);
  return (
    shape('M-3-168H3V-20H-3Z', color(0.35, 0.05, 50)) +
    shape('M8-164C58-120 78-76 82-40H8Z', sail) +
    shape('M-8-150C-34-110-54-76-60-40H-8Z', shade(sail, 0.09)) +
    shape('M-92-26H104C92-2 72 10 54 12H-52C-70 8-84-6-92-26Z', paint) +
    shape('M-92-26H104L100-17H-88Z', cream) +
    shape('M-110 14C-60 6 60 6 120 14C60 22-60 22-110 14Z', cream, 0.5)
  );
}

function house(paint: Color, hasSnow: boolean, isLit: boolean): string {
  const [wall, roof] = [mix(paint, color(0.5, 0.08, 50), 0.35), hasSnow ? color(0.97, 0.012, 240) : shade(paint, 0.2)];
  const pane = isLit || hasSnow ? color(0.9, 0.14, 85) : color(0.85, 0.05, 220);
  return (
    `<ellipse cx="0" cy="4" rx="118" ry="11" fill="#1a2036" fill-opacity="0.2"/>` +
    shape('M44-150H64V-92H44Z', shade(wall, 0.14)) +
    shape('M54-160C40-176 66-188 54-206C76-190 52-178 66-164Z', cream, 0.55) +
    shape('M-82-70L0-128 82-70V4H-82Z', wall) +
    shape('M0-128L82-70V4H0Z', shade(wall, 0.06), 0.6) +
    shape('M-100-62L0-142 100-62 90-50 0-120-90-50Z', roof) +
    shape('M-16 4V-40H16V4Z', shade(wall, 0.2)) +
    shape('M-64-48h30v28h-30ZM34-48h30v28h-30Z', pane) +
    `<path d="M-49-48v28M-64-34h30M49-48v28M34-34h30" stroke="${toHex(shade(wall, 0.2))}" stroke-width="3"/>`
  );
}

function balloon(paint: Color): string {
  const stripe = mix(paint, cream, 0.75);
  return (
    shape('M0-120C62-120 88-76 82-34C76 4 34 40 16 66H-16C-34 40-76 4-82-34C-88-76-62-120 0-120Z', paint) +
    shape('M0-120C28-120 38-76 36-34C34 8 16 40 8 66H-8C-16 40-34 8-36-34C-38-76-28-120 0-120Z', stripe) +
    shape(
      'M0-120C62-120 88-76 82-34C76 4 34 40 16 66C40 20 62-20 58-60C54-100 30-118 0-120Z',
      shade(paint, 0.12),
      0.35,
    ) +
    `<path d="M-14 66L-11 92M14 66L11 92" stroke="#5a4632" stroke-width="2.5"/>` +
    shape('M-14 92H14L11 112H-11Z', color(0.48, 0.08, 60))
  );
}
