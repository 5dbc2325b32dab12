import type { Act } from '#core/audit/record-act.ts';
import type { SettingsLayer } from '#core/workspaces/resolve-settings.ts';

/** The act of changing settings by their flags: what was set before and after; a style is words, and stands beside. */
export function printChange(changes: Record<string, unknown>, layer: SettingsLayer = {}): Omit<Act, 'subject'> {
  const { style, ...codes } = changes;
  const names = Object.keys(codes).filter((name) => codes[name] !== undefined);
  const words = typeof style === 'string' ? style : undefined;
  return {
    act: 'settings.set',
    before: Object.fromEntries([
      ...names.map((name) => [name, valueSet(layer, name) ?? null]),
      ...(style === undefined ? [] : [['style', isSet(layer.style)]]),
    ]),
    after: { ...codes, ...(style === undefined ? {} : { style: isSet(words) }) },
    text: words,
  };
}

const isSet = (words: string | null | undefined) => (words ? 'set' : null);

function valueSet(layer: SettingsLayer, name: string): unknown {
  const [, kind, role] = /^(credits|weight)-(owner|admin|member|guest)$/.exec(name) ?? [];
  if (role) return (kind === 'credits' ? layer.credits : layer.weights)?.[role as 'owner'];
  if (name === 'ar') return layer.ratio;
  const key = name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  return layer[key as keyof SettingsLayer];
}
