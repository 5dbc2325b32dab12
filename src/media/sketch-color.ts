/** A colour in OKLCH, where equal steps look equal: lightness 0…1, chroma 0…0.3, hue in degrees. */
export type Color = { l: number; c: number; h: number };

export function color(l: number, c: number, h: number): Color {
  return { l, c, h };
}

/** The colour `part` of the way from one to another, without the grey middle that mixing RGB gives. */
export function mix(from: Color, to: Color, part: number): Color {
  const [a, b] = [toAxes(from), toAxes(to)];
  const x = a.x + (b.x - a.x) * part;
  const y = a.y + (b.y - a.y) * part;
  return { l: from.l + (to.l - from.l) * part, c: Math.hypot(x, y), h: (Math.atan2(y, x) * 180) / Math.PI };
}

/** Lighter (positive) or darker (negative) by a step of lightness. */
export function lighten({ l, c, h }: Color, step: number): Color {
  return { l: Math.min(0.99, Math.max(0.04, l + step)), c, h };
}

/** As `#rrggbb`. Chroma is lowered until the colour exists in sRGB, so hues stay true. */
export function toHex(wanted: Color): string {
  for (let c = wanted.c; c > 0; c -= 0.005) {
    const channels = toRgb({ ...wanted, c });
    if (channels.every((value) => value > -0.001 && value < 1.001)) return hexOf(channels);
  }
  return hexOf(toRgb({ ...wanted, c: 0 }));
}

/** The OKLCH colour of 8-bit sRGB channels. */
export function fromRgb(red: number, green: number, blue: number): Color {
  const [r, g, b] = [linear(red / 255), linear(green / 255), linear(blue / 255)];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  const x = 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s;
  const y = 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s;
  return {
    l: 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    c: Math.hypot(x, y),
    h: (Math.atan2(y, x) * 180) / Math.PI,
  };
}

function toAxes({ c, h }: Color): { x: number; y: number } {
  return { x: c * Math.cos((h * Math.PI) / 180), y: c * Math.sin((h * Math.PI) / 180) };
}

function toRgb(value: Color): [number, number, number] {
  const { x, y } = toAxes(value);
  const l = (value.l + 0.3963377774 * x + 0.2158037573 * y) ** 3;
  const m = (value.l - 0.1055613458 * x - 0.0638541728 * y) ** 3;
  const s = (value.l - 0.0894841775 * x - 1.291485548 * y) ** 3;
  return [
    encode(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    encode(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    encode(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

function hexOf(channels: readonly number[]): string {
  const byte = (value: number) => Math.round(Math.min(1, Math.max(0, value)) * 255);
  return `#${channels.map((value) => byte(value).toString(16).padStart(2, '0')).join('')}`;
}

function encode(value: number): number {
  return value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055;
}

function linear(value: number): number {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}
