import type { Role } from '#core/ports/chat.ts';
import { lockLayer, writeLayer } from '#core/workspaces/layer.ts';
import type { Rule } from '#core/workspaces/policy.ts';
import type { SettingsPlace } from '#core/workspaces/settings.ts';
import type { Tx } from '#db/client.ts';

/** Undefined leaves a part of a rule as it is, null takes it back. */
export type RuleChange = { [K in keyof Rule]: Rule[K] | null | undefined };

/** Changes the rule of a place for a role. Resolves to what it was and is. */
export async function saveRule(
  tx: Tx,
  place: SettingsPlace,
  role: Role,
  change: RuleChange,
): Promise<{ before: Rule; after: Rule }> {
  const { rules } = await lockLayer(tx, place);
  const before = rules[role] ?? {};
  const given = Object.entries(change).filter(([, value]) => value !== undefined);
  const changed = { ...before, ...Object.fromEntries(given) };
  const after: Rule = Object.fromEntries(Object.entries(changed).filter(([, value]) => value !== null));
  await writeLayer(tx, place, { rules: { ...rules, [role]: after } });
  return { before, after };
}
