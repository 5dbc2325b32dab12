import { type Color, toHex } from './sketch-color.ts';
import type { Palette } from './sketch-palette.ts';
import type { Random } from './sketch-random.ts';

/** What every part of a drawing works with. The shorter side is 1000 units; `horizon` is where land or water begins. */
export type Scene = {
  width: number;
  height: number;
  horizon: number;
  sun: { x: number; y: number; radius: number };
  palette: Palette;
  random: Random;
  /** Gradients in use; drawn parts refer to them by id. */
  defs: string[];
};

export type Stop = readonly [offset: number, value: Color, opacity?: number];
export type Point = readonly [x: number, y: number];

/** Two decimals are finer than a pixel at the largest size and keep the SVG short. */
export function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** A vertical gradient between two heights; returns what goes into `fill`. */
export function verticalFill(scene: Scene, top: number, bottom: number, stops: readonly Stop[]): string {
  return define(scene, 'linearGradient', `x1="0" x2="0" y1="${round(top)}" y2="${round(bottom)}"`, stops);
}

/** A gradient around a point, fading from the middle to `radius`; returns what goes into `fill`. */
export function radialFill(scene: Scene, x: number, y: number, radius: number, stops: readonly Stop[]): string {
  return define(scene, 'radialGradient', `cx="${round(x)}" cy="${round(y)}" r="${round(radius)}"`, stops);
}

function define(scene: Scene, kind: string, place: string, stops: readonly Stop[]): string {
  const id = `g${scene.defs.length}`;
  const drawn = stops
    .map(([at, value, opacity = 1]) => `<stop offset="${at}" stop-color="${toHex(value)}" stop-opacity="${opacity}"/>`)
    .join('');
  scene.defs.push(`<${kind} id="${id}" gradientUnits="userSpaceOnUse" ${place}>${drawn}</${kind}>`);
  return `url(#${id})`;
}

/** A closed path through points. */
export function polygon(points: readonly Point[], fill: string, opacity = 1): string {
  const path = points.map(([x, y]) => `${round(x)} ${round(y)}`).join('L');
  return `<path d="M${path}Z" fill="${fill}"${opacity < 1 ? ` fill-opacity="${round(opacity)}"` : ''}/>`;
}

export function circle(x: number, y: number, radius: number, fill: string, opacity = 1): string {
  return `<circle cx="${round(x)}" cy="${round(y)}" r="${round(radius)}" fill="${fill}" fill-opacity="${round(opacity)}"/>`;
}

/** A ground line across the picture: slow swells plus smaller ones, as heights at even steps. */
export function smoothRidge(scene: Scene, baseY: number, swing: number, waves: number): Point[] {
  const { random, width } = scene;
  const parts = [1, 2.3, 4.1].map((factor) => ({
    frequency: (waves * factor * random.between(0.8, 1.2) * 2 * Math.PI) / width,
    phase: random.between(0, 2 * Math.PI),
    size: swing / factor ** 1.2,
  }));
  const step = 8;
  return Array.from({ length: Math.ceil(width / step) + 2 }, (_, index): Point => {
    const x = index * step - step / 2;
    return [x, baseY + parts.reduce((sum, part) => sum + Math.sin(x * part.frequency + part.phase) * part.size, 0)];
  });
}

/** Closes a ground line down to the lower edge. */
export function ground(scene: Scene, ridge: readonly Point[], fill: string, opacity = 1): string {
  const bottom = scene.height + 10;
  return polygon([[-20, bottom], ...ridge, [scene.width + 20, bottom]], fill, opacity);
}

/** Height of a ground line at `x`. */
export function ridgeAt(ridge: readonly Point[], x: number): number {
  return ridge.find(([at]) => at >= x)?.[1] ?? ridge.at(-1)?.[1] ?? 0;
}
