import { color, lighten, mix, toHex } from './sketch-color.ts';
import { shade } from './sketch-palette.ts';
import { circle, radialFill, round, type Scene, verticalFill } from './sketch-scene.ts';

/** A large flower of translucent petals, ring in ring, on a soft ground. */
export function drawPetals(scene: Scene): string {
  const { width, height, palette, random } = scene;
  const [x, y] = [width / 2 + random.between(-40, 40), height / 2 + random.between(-30, 30)];
  const reach = Math.min(width, height) * 0.46;
  const count = random.integer(7, 13);
  const parts = [drawGround(scene, x, y)];
  for (let index = 0; index < 7; index++) {
    parts.push(
      circle(random.between(0, width), random.between(0, height), random.between(30, 130), toHex(palette.accent), 0.06),
    );
  }
  const companion = { ...palette.accent, h: palette.accent.h + random.pick([32, -32, 55]) };
  for (let ring = 0; ring < 4; ring++) {
    const part = 1 - ring * 0.22;
    const tone = lighten(mix(palette.accent, companion, ring / 3), palette.isDark ? ring * 0.05 : 0.14 - ring * 0.06);
    const fill = radialFill(scene, 0, 0, reach * part, [
      [0, shade(tone, 0.1)],
      [0.6, tone],
      [1, lighten(tone, 0.13)],
    ]);
    const wide = ((reach * part * Math.PI) / count) * random.between(0.62, 0.85);
    const petal = `M0 0C${round(wide)} ${round(-reach * part * 0.35)} ${round(wide)} ${round(-reach * part * 0.85)} 0 ${round(-reach * part)}C${round(-wide)} ${round(-reach * part * 0.85)} ${round(-wide)} ${round(-reach * part * 0.35)} 0 0Z`;
    const start = random.between(0, 360);
    const ringArt = Array.from(
      { length: count },
      (_, index) =>
        `<path d="${petal}" transform="rotate(${round(start + (index * 360) / count)})" fill="${fill}" fill-opacity="0.72"/>`,
    );
    parts.push(`<g transform="translate(${round(x)} ${round(y)})">${ringArt.join('')}</g>`);
  }
  const heart = mix(color(0.86, 0.15, 85), palette.accent, 0.2);
  parts.push(
    circle(
      x,
      y,
      reach * 0.13,
      radialFill(scene, x, y, reach * 0.13, [
        [0, lighten(heart, 0.08)],
        [1, shade(heart, 0.16)],
      ]),
    ),
  );
  for (let index = 0; index < 34; index++) {
    const [angle, away] = [index * 2.39996, reach * 0.021 * Math.sqrt(index)];
    parts.push(
      circle(x + Math.cos(angle) * away, y + Math.sin(angle) * away, reach * 0.011, toHex(shade(heart, 0.28)), 0.6),
    );
  }
  return parts.join('');
}

/** A calm bust without features before a halo: head, neck, shoulders, hair and light from one side. */
export function drawPortrait(scene: Scene): string {
  const { width, height, palette, random } = scene;
  const unit = Math.min(width, height) / 1000;
  const [x, y] = [width / 2, height / 2 - 40 * unit];
  const skin = random.pick([
    color(0.84, 0.06, 60),
    color(0.72, 0.08, 55),
    color(0.56, 0.08, 50),
    color(0.45, 0.07, 45),
  ]);
  const hair = random.pick([color(0.24, 0.03, 40), color(0.35, 0.07, 50), color(0.2, 0.03, 280), color(0.62, 0.1, 70)]);
  const cloth = palette.accent;
  const [head, rings] = [155 * unit, 5];
  const parts = [drawGround(scene, x, y)];
  for (let ring = rings; ring > 0; ring--) {
    parts.push(circle(x, y, (190 + ring * 58) * unit, toHex(mix(palette.glow, palette.accent, ring / rings)), 0.16));
  }
  const at = (dx: number, dy: number) => `${round(x + dx * unit)} ${round(y + dy * unit)}`;
  const faceFill = verticalFill(scene, y - head, y + head * 1.3, [
    [0, lighten(skin, 0.04)],
    [1, shade(skin, 0.05)],
  ]);
  const clothFill = verticalFill(scene, y + 260 * unit, height, [
    [0, lighten(cloth, 0.05)],
    [1, shade(cloth, 0.2)],
  ]);
  const length = random.between(120, 420);
  parts.push(
    `<path d="M${at(-205, length)}C${at(-250, -60)} ${at(-190, -240)} ${at(0, -240)}S${at(250, -60)} ${at(205, length)}Z" fill="${toHex(hair)}"/>`,
    `<path d="M${at(-66, 90)}L${at(-72, 300)}L${at(72, 300)}L${at(66, 90)}Z" fill="${toHex(shade(skin, 0.1))}"/>`,
    `<path d="M${at(-420, 900)}C${at(-400, 400)} ${at(-250, 310)} ${at(-78, 262)}C${at(-40, 330)} ${at(40, 330)} ${at(78, 262)}C${at(250, 310)} ${at(400, 400)} ${at(420, 900)}Z" fill="${clothFill}"/>`,
    `<path d="M${at(-140, -60)}C${at(-145, 90)} ${at(-75, 185)} ${at(0, 190)}S${at(145, 90)} ${at(140, -60)}C${at(140, -170)} ${at(70, -200)} ${at(0, -200)}S${at(-140, -170)} ${at(-140, -60)}Z" fill="${faceFill}"/>`,
    `<path d="M${at(15, -200)}C${at(90, -190)} ${at(145, -120)} ${at(140, -20)}C${at(140, 100)} ${at(70, 185)} ${at(0, 190)}C${at(70, 120)} ${at(80, -40)} ${at(15, -200)}Z" fill="${toHex(shade(skin, 0.12))}" fill-opacity="0.4"/>`,
    `<path d="M${at(-172, 30)}C${at(-190, -150)} ${at(-120, -235)} ${at(10, -238)}C${at(130, -240)} ${at(190, -150)} ${at(172, 30)}C${at(150, -60)} ${at(110, -130)} ${at(40, -160)}C${at(-30, -100)} ${at(-130, -90)} ${at(-172, 30)}Z" fill="${toHex(lighten(hair, 0.05))}"/>`,
  );
  return parts.join('');
}

/** A ringed planet among small moons, lit from one side. */
export function drawPlanet(scene: Scene): string {
  const { width, height, palette, random } = scene;
  const radius = Math.min(width, height) * random.between(0.2, 0.27);
  const [x, y, tilt] = [
    width * random.between(0.42, 0.58),
    height * random.between(0.42, 0.55),
    random.between(-28, -12),
  ];
  const body = palette.accent;
  const glow = radialFill(scene, 0, 0, radius * 2.2, [
    [0.4, body, 0.45],
    [1, body, 0],
  ]);
  const light = radialFill(scene, -radius * 0.45, -radius * 0.4, radius * 1.7, [
    [0, lighten(body, 0.2)],
    [0.45, body],
    [1, shade(body, 0.42)],
  ]);
  const bands = Array.from({ length: 5 }, (_, index) => {
    const at = radius * (-0.65 + index * 0.32 + random.between(-0.06, 0.06));
    const half = Math.sqrt(Math.max(0, radius ** 2 - at ** 2));
    return `<ellipse cy="${round(at)}" rx="${round(half)}" ry="${round(radius * random.between(0.03, 0.09))}" fill="${toHex(shade(body, index % 2 ? -0.08 : 0.1))}" fill-opacity="0.35"/>`;
  }).join('');
  const ringColor = toHex(mix(palette.glow, body, 0.35));
  const ring = (sweep: 0 | 1) =>
    [1.5, 1.75, 1.95]
      .map((factor, index) => {
        const [rx, ry] = [round(radius * factor), round(radius * factor * 0.26)];
        return `<path d="M${-rx} 0A${rx} ${ry} 0 0 ${sweep} ${rx} 0" fill="none" stroke="${ringColor}" stroke-width="${round(radius * (0.16 - index * 0.045))}" stroke-opacity="${0.85 - index * 0.22}"/>`;
      })
      .join('');
  const moons = Array.from({ length: random.integer(2, 4) }, () => {
    const size = random.between(14, 44);
    const [mx, my] = [random.between(0.06, 0.94) * width, random.between(0.06, 0.9) * height];
    const tone = { ...body, h: body.h + random.between(40, 160), c: body.c * 0.6 };
    return circle(
      mx,
      my,
      size,
      radialFill(scene, mx - size * 0.4, my - size * 0.4, size * 1.6, [
        [0, lighten(tone, 0.2)],
        [1, shade(tone, 0.35)],
      ]),
    );
  }).join('');
  return `${moons}<g transform="translate(${round(x)} ${round(y)}) rotate(${round(tilt)})"><circle r="${round(radius * 2.2)}" fill="${glow}"/>${ring(1)}<circle r="${round(radius)}" fill="${light}"/>${bands}${ring(0)}</g>`;
}

function drawGround(scene: Scene, x: number, y: number): string {
  const { palette, width, height } = scene;
  const fill = radialFill(scene, x, y, Math.hypot(width, height) * 0.6, [
    [0, mix(palette.sky[2], palette.glow, palette.isDark ? 0.05 : 0.5)],
    [0.55, palette.sky[1]],
    [1, palette.sky[0]],
  ]);
  return `<rect width="${width}" height="${height}" fill="${fill}"/>`;
}
