import { and, eq } from 'drizzle-orm';
import type { Role } from '#core/ports/chat.ts';
import type { Rule } from '#core/workspaces/policy.ts';
import type { SettingsPlace } from '#core/workspaces/settings.ts';
import type { Tx } from '#db/client.ts';
import { settings } from '#db/schema/index.ts';

/** Undefined leaves a part of a rule as it is, null takes it back. */
export type RuleChange = { [K in keyof Rule]: Rule[K] | null | undefined };

/** Changes the rule of a place for a role. Resolves to what it was and is. */
export async function saveRule(
  tx: Tx,
  place: SettingsPlace,
  role: Role,
  change: RuleChange,
): Promise<{ before: Rule; after: Rule }> {
  const layer = and(
    eq(settings.workspaceId, place.workspaceId),
    eq(settings.scope, place.scope),
    eq(settings.scopeId, place.scopeId),
  );
  await tx.insert(settings).values(place).onConflictDoNothing();
  const [known] = await tx.select({ rules: settings.rules }).from(settings).where(layer).for('update');
  const before = known?.rules[role] ?? {};
  const given = Object.entries(change).filter(([, value]) => value !== undefined);
  const changed = { ...before, ...Object.fromEntries(given) };
  const after: Rule = Object.fromEntries(Object.entries(changed).filter(([, value]) => value !== null));
  await tx
    .update(settings)
    .set({ rules: { ...known?.rules, [role]: after } })
    .where(layer);
  return { before, after };
}
