import { and, desc, eq, gt, inArray, lt } from 'drizzle-orm';
import type { Actor } from '#core/actor.ts';
import type { AskedImage } from '#core/batches/ask-images.ts';
import { newBatchId, readBatchId } from '#core/batches/batch-id.ts';
import type { BatchPlan } from '#core/batches/request-batch.ts';
import type { CommandContext } from '#core/commands/define.ts';
import { RetryError, UserError } from '#core/errors.ts';
import type { Tx } from '#db/client.ts';
import { drafts } from '#db/schema/index.ts';
import type { Text } from '#src/i18n.ts';

const keptMs = 10 * 60_000;

/** A batch that its person has yet to confirm. */
export interface Draft {
  id: string;
  plan: BatchPlan;
  /** What is to be known before. */
  notes: readonly Text[];
  expiresAt: Date;
}

/** A plan as JSON holds it: never with what managers have let pass, which is one batch. */
interface StoredPlan extends Omit<BatchPlan, 'images' | 'approved'> {
  images: (Omit<AskedImage, 'originId' | 'approved'> & { originId?: string })[];
  notes: readonly Text[];
}

const store = ({ images, approved: _place, ...plan }: BatchPlan, notes: readonly Text[]): StoredPlan => ({
  ...plan,
  notes,
  images: images.map(({ originId, approved: _passed, ...image }) =>
    originId ? { ...image, originId: String(originId) } : image,
  ),
});

function read({ id, plan: stored, expiresAt }: typeof drafts.$inferSelect): Draft {
  const { images, notes, ...plan } = stored as StoredPlan;
  const asked = images.map(({ originId, ...image }) => (originId ? { ...image, originId: BigInt(originId) } : image));
  return { id, plan: { ...plan, images: asked }, notes, expiresAt };
}

/** @throws {RetryError} when the id that was drawn for it is taken. */
export async function saveDraft(
  tx: Tx,
  { actor, deps }: CommandContext,
  plan: BatchPlan,
  notes: readonly Text[],
): Promise<Draft> {
  const id = newBatchId();
  const expiresAt = new Date(deps.now().getTime() + keptMs);
  const row = { id, workspaceId: actor.workspaceId, personId: actor.personId, plan: store(plan, notes), expiresAt };
  const [saved] = await tx.insert(drafts).values(row).onConflictDoNothing().returning();
  if (!saved) throw new RetryError(`there is a draft ${id} already`);
  return read(saved);
}

const ofPerson = (actor: Actor, id: string) =>
  and(eq(drafts.workspaceId, actor.workspaceId), inArray(drafts.personId, [...actor.personIds]), eq(drafts.id, id));

/**
 * The person's own draft, which nobody else changes before the transaction has ended.
 * @throws {UserError} `draft.unknown`, also for one of somebody else, or one whose time is over.
 */
export async function findDraft(tx: Tx, { actor, deps }: CommandContext, typedId: string): Promise<Draft> {
  const [found] = await tx
    .select()
    .from(drafts)
    .where(and(ofPerson(actor, readBatchId(typedId)), gt(drafts.expiresAt, deps.now())))
    .for('update');
  if (!found) throw new UserError('draft.unknown', { draft: typedId, minutes: keptMs / 60_000 });
  return read(found);
}

/** The person's own, newest first. */
export async function listDrafts(tx: Tx, { workspaceId, personIds }: Actor, now: Date): Promise<Draft[]> {
  const isOwn = and(eq(drafts.workspaceId, workspaceId), inArray(drafts.personId, [...personIds]));
  const own = and(isOwn, gt(drafts.expiresAt, now));
  return (await tx.select().from(drafts).where(own).orderBy(desc(drafts.createdAt))).map(read);
}

/** With some of its pictures, and at least all of its time again. */
export async function changeDraft(
  tx: Tx,
  { actor, deps }: CommandContext,
  { id, plan, notes, expiresAt: known }: Draft,
  images: readonly AskedImage[],
): Promise<Draft> {
  const expiresAt = new Date(Math.max(known.getTime(), deps.now().getTime() + keptMs));
  const prompt = [...new Set(images.map((image) => image.prompt))].join('\n');
  const changed = { ...plan, prompt, line: null, images };
  await tx
    .update(drafts)
    .set({ plan: store(changed, notes), expiresAt })
    .where(ofPerson(actor, id));
  return { id, plan: changed, notes, expiresAt };
}

/** Keeps it for longer than drafts are. */
export async function keepDraft(tx: Tx, { actor }: CommandContext, { id }: Draft, expiresAt: Date): Promise<void> {
  await tx.update(drafts).set({ expiresAt }).where(ofPerson(actor, id));
}

export async function deleteDraft(tx: Tx, { actor }: CommandContext, { id }: Draft): Promise<void> {
  await tx.delete(drafts).where(ofPerson(actor, id));
}

/** How many pictures of a draft are still to be confirmed; none once its time is over. */
export async function countDrafted(tx: Tx, id: string, now: Date): Promise<number> {
  const [found] = await tx
    .select()
    .from(drafts)
    .where(and(eq(drafts.id, id), gt(drafts.expiresAt, now)));
  return found ? read(found).plan.images.length : 0;
}

export async function deleteExpiredDrafts(tx: Tx, now: Date): Promise<void> {
  await tx.delete(drafts).where(lt(drafts.expiresAt, now));
}
