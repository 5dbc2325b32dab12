import { and, asc, desc, eq, inArray, or, sql } from 'drizzle-orm';
import type { Actor } from '#core/actor.ts';
import type { PromptLine } from '#core/commands/define.ts';
import { UserError } from '#core/errors.ts';
import { nearest } from '#core/prompts/nearest.ts';
import type { Tx } from '#db/client.ts';
import { presets } from '#db/schema/index.ts';

/** Most presets of one person, and of one workspace. */
const presetsMax = 50;

export type Preset = typeof presets.$inferSelect;
type Scope = Preset['scope'];

const scopeOf = (actor: Actor, scope: Scope) => ({
  workspaceId: actor.workspaceId,
  scope,
  scopeId: scope === 'workspace' ? actor.workspaceId : actor.personId,
});

function isIn({ workspaceId, scope, scopeId }: ReturnType<typeof scopeOf>) {
  return and(eq(presets.workspaceId, workspaceId), eq(presets.scope, scope), eq(presets.scopeId, scopeId));
}

/** Of the person, also from before accounts were linked. */
function isOwn({ workspaceId, personIds }: Actor) {
  const isOfPerson = and(eq(presets.scope, 'person'), inArray(presets.scopeId, [...personIds]));
  return and(eq(presets.workspaceId, workspaceId), isOfPerson);
}

/** The person's own and the workspace's, by name; where both have one the person's comes first. */
export async function listPresets(tx: Tx, actor: Actor): Promise<Preset[]> {
  return tx
    .select()
    .from(presets)
    .where(or(isOwn(actor), isIn(scopeOf(actor, 'workspace'))))
    .orderBy(asc(presets.name), asc(presets.scope), desc(eq(presets.scopeId, actor.personId)));
}

/**
 * Keeps flags by a name, in place of what had it.
 * @throws {UserError} `preset.tooMany`
 */
export async function savePreset(
  tx: Tx,
  actor: Actor,
  scope: Scope,
  name: string,
  flags: Preset['flags'],
): Promise<void> {
  const place = scopeOf(actor, scope);
  // One at a time, or several at once would count as if they were alone.
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`presets:${place.scopeId}`}, 0))`);
  const known = await tx.select({ name: presets.name }).from(presets).where(isIn(place));
  if (known.length >= presetsMax && !known.some((preset) => preset.name === name)) {
    throw new UserError('preset.tooMany', { max: presetsMax });
  }
  await tx
    .insert(presets)
    .values({ ...place, name, flags })
    .onConflictDoUpdate({
      target: [presets.workspaceId, presets.scope, presets.scopeId, presets.name],
      set: { flags },
    });
}

/** @throws {UserError} `preset.unknown`, `preset.none` */
export async function deletePreset(tx: Tx, actor: Actor, scope: Scope, name: string): Promise<void> {
  const [deleted] = await tx
    .delete(presets)
    .where(and(scope === 'person' ? isOwn(actor) : isIn(scopeOf(actor, scope)), eq(presets.name, name)))
    .returning({ name: presets.name });
  if (!deleted)
    throw unknown(
      name,
      (await listPresets(tx, actor)).filter((preset) => preset.scope === scope),
    );
}

/**
 * Prompts with the flags of the presets that they name; what was typed with a prompt wins.
 * @throws {UserError} `preset.unknown`, `preset.none`
 */
export async function applyPresets(tx: Tx, actor: Actor, lines: readonly PromptLine[]): Promise<PromptLine[]> {
  return withPresets(await listNeeded(tx, actor, lines), lines);
}

/** Those that prompts may name; asks nothing where they name none. */
export async function listNeeded(tx: Tx, actor: Actor, lines: readonly PromptLine[]): Promise<Preset[]> {
  return lines.some(({ preset }) => preset !== undefined) ? listPresets(tx, actor) : [];
}

/**
 * `applyPresets` where the presets are at hand.
 * @throws {UserError} `preset.unknown`, `preset.none`
 */
export function withPresets(known: readonly Preset[], lines: readonly PromptLine[]): PromptLine[] {
  return lines.map(({ preset: name, ...line }) => {
    if (name === undefined) return line;
    const preset = known.find((one) => one.name === name);
    if (!preset) throw unknown(name, known);
    const isOffered = preset.scope === 'workspace' && preset.flags.style !== undefined && line.style === undefined;
    return { ...preset.flags, ...line, ...(isOffered ? { styleOffered: true } : {}) };
  });
}

function unknown(name: string, known: readonly Preset[]): UserError {
  if (known.length === 0) return new UserError('preset.none', { name });
  return new UserError('preset.unknown', {
    name,
    nearest: nearest(
      name,
      known.map((preset) => preset.name),
    ),
  });
}
