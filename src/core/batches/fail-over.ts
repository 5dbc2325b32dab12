import { and, eq, isNull, sql } from 'drizzle-orm';
import { findUpscaler, upscaledSize } from '#core/batches/ask-upscaled.ts';
import { joinLanes } from '#core/batches/join-lanes.ts';
import { type FoundModel, findModel, listModels } from '#core/batches/models.ts';
import { wantedModel } from '#core/batches/require-allowed.ts';
import { wordsOf } from '#core/batches/words-of.ts';
import type { Deps } from '#core/deps.ts';
import type { Role } from '#core/ports/chat.ts';
import { ratioDiffers } from '#core/ports/image-sizes.ts';
import type { ImageWarning, ProviderError, ProviderErrorReason, Size } from '#core/ports/images.ts';
import { raiseCard } from '#core/postings/raise-card.ts';
import { sizeFor } from '#core/prompts/size-for.ts';
import { allowsModel } from '#core/workspaces/policy.ts';
import { findLayers, resolveLayers } from '#core/workspaces/settings.ts';
import { acrossWorkspaces, type Tx } from '#db/client.ts';
import { batches, images, members } from '#db/schema/index.ts';

/** What another provider may do better with. */
const failOverReasons: readonly ProviderErrorReason[] = ['unavailable', 'auth', 'quota', 'model_gone'];
/** Moved in one transaction at most; the next image that fails moves more. */
const movedMax = 500;

type ImageRow = typeof images.$inferSelect;
type Movable = ImageRow & {
  inputCount: number;
  /** Where it was asked for, and by whom, whose rules hold for whatever makes it. */
  channelId: string | null;
  role: Role | null;
};
type Layers = Awaited<ReturnType<typeof findLayers>>;
type FailOverDeps = Pick<Deps, 'db' | 'queue' | 'providers' | 'breakers' | 'log'>;

/**
 * Moves a dispatched image that its provider cannot make, and whatever waits for the same model, to the next model that
 * can, where the workspace allows: not dearer, as the credits stay, and once only. Resolves to false when there is none.
 */
export async function failOver(
  deps: FailOverDeps,
  image: Pick<ImageRow, 'id' | 'workspaceId' | 'providerId' | 'model'>,
  error: ProviderError,
  requestId: string,
): Promise<boolean> {
  if (!failOverReasons.includes(error.reason)) return false;
  const moved = await acrossWorkspaces(deps.db, async (tx) => {
    const layers = await findLayers(tx, image.workspaceId);
    const settings = resolveLayers(layers, image.workspaceId, image.workspaceId);
    if (!settings.failover) return [];
    const rows = await findMovable(tx, image);
    if (!rows.some(({ id }) => id === image.id)) return [];
    return moveAll(tx, deps, rows, settings, layers);
  });
  if (!moved.some(({ id }) => id === image.id)) return false;
  const providerIds = [...new Set(moved.map(({ to }) => to))];
  deps.log.warn(
    { reason: error.reason, from: image.model, to: providerIds, images: moved.length },
    'images moved to another provider',
  );
  await deps.queue.enqueue(
    providerIds.map((providerId) => ({ name: 'dispatch-next', data: { providerId, requestId } }) as const),
  );
  return true;
}

/** The image itself, then what of its workspace waits for the same model. */
async function findMovable(tx: Tx, image: Parameters<typeof failOver>[1]): Promise<Movable[]> {
  const rows = await tx
    .select({
      image: images,
      inputs: batches.inputs,
      channelId: sql<string | null>`coalesce(${batches.askedChannelId}, ${batches.channelId})`,
      role: members.role,
    })
    .from(images)
    .innerJoin(batches, eq(batches.id, images.batchId))
    .leftJoin(members, and(eq(members.workspaceId, images.workspaceId), eq(members.personId, images.personId)))
    .where(
      and(
        eq(images.workspaceId, image.workspaceId),
        eq(images.providerId, image.providerId),
        eq(images.model, image.model),
        isNull(images.askedModel),
        sql`(${images.id} = ${String(image.id)}::bigint and ${images.state} = 'dispatched' or ${images.state} = 'queued')`,
      ),
    )
    .orderBy(sql`${images.state} <> 'dispatched'`, images.id)
    .limit(movedMax)
    .for('update', { of: images, skipLocked: true });
  return rows.map(({ image: row, inputs, ...asked }) => ({ ...row, ...asked, inputCount: inputs.length }));
}

async function moveAll(
  tx: Tx,
  deps: FailOverDeps,
  rows: readonly Movable[],
  settings: Parameters<typeof joinLanes>[2],
  layers: Layers,
): Promise<{ id: bigint; to: string }[]> {
  const moved: { row: ImageRow; to: string }[] = [];
  for (const row of rows) {
    const next = findNext(deps, row, layers);
    if (!next) continue;
    const size = row.source ? upscaledSize(row.source) : sizeFor(next.model.sizes, row);
    await tx
      .update(images)
      .set({
        ...size,
        warnings: [...new Set([...row.warnings, ...warningsOf(next, row, size)])],
        state: 'queued',
        providerId: next.provider.id,
        model: next.model.id,
        askedModel: row.model,
        requestHash: null,
        workerId: null,
        dispatchedAt: null,
        attempts: 0,
        handle: null,
      })
      .where(eq(images.id, row.id));
    moved.push({ row, to: next.provider.id });
  }
  await leaveLanes(
    tx,
    moved.filter(({ row }) => row.state === 'queued').map(({ row }) => row),
  );
  const people = Map.groupBy(moved, ({ row, to }) => `${to} ${row.personId}`);
  for (const group of people.values()) {
    const [first] = group;
    if (!first) continue;
    const { workspaceId, personId } = first.row;
    const [member] = await tx
      .select({ role: members.role })
      .from(members)
      .where(and(eq(members.workspaceId, workspaceId), eq(members.personId, personId)));
    const least = group.map(({ row }) => row.id).reduce((one, other) => (other < one ? other : one));
    await joinLanes(tx, { workspaceId, personId, role: member?.role ?? 'guest' }, settings, first.to, {
      count: group.length,
      first: sql`${String(least)}::bigint`,
    });
  }
  for (const batchId of new Set(moved.map(({ row }) => row.batchId))) await raiseCard(tx, batchId);
  return moved.map(({ row, to }) => ({ id: row.id, to }));
}

function warningsOf({ model }: FoundModel, row: ImageRow, size: Size): ImageWarning[] {
  if (row.source) return model.upscales?.resamples ? ['resampled'] : [];
  return ratioDiffers(size, row) ? ['size_changed'] : [];
}

/** In order of preference; a stand-in's drawings are no model's pictures, and a provider that is down is no help. */
function findNext(deps: FailOverDeps, row: Movable, layers: Layers): FoundModel | undefined {
  const { rules } = resolveLayers(layers, row.workspaceId, row.channelId ?? row.workspaceId);
  const isFree = ({ provider, model }: FoundModel) =>
    provider.id !== row.providerId &&
    !provider.placeholder &&
    !deps.breakers.isOpen(provider.id) &&
    model.credits <= row.credits &&
    allowsModel(rules, row.role ?? 'guest', wantedModel({ deps }, model.id));
  if (row.source) return findUpscaler(deps.providers, row.source, isFree);
  const asked = findModel(deps.providers, row.model);
  return listModels(deps.providers).find(
    ({ provider, model }) =>
      isFree({ provider, model }) &&
      model.referencesMax >= row.inputCount &&
      [...wordsOf(row)].length <= model.promptCharsMax &&
      (model.seeds || !row.seedAsked || asked?.model.seeds === false),
  );
}

async function leaveLanes(tx: Tx, rows: readonly ImageRow[]): Promise<void> {
  const [first] = rows;
  if (!first) return;
  const counts = [...Map.groupBy(rows, ({ personId }) => personId)];
  await tx.execute(sql`
    update workspace_lanes set waiting = greatest(0, waiting - ${rows.length})
    where provider_id = ${first.providerId} and workspace_id = ${first.workspaceId}`);
  for (const [personId, own] of counts)
    await tx.execute(sql`
      update person_lanes set waiting = greatest(0, waiting - ${own.length})
      where provider_id = ${first.providerId} and workspace_id = ${first.workspaceId} and person_id = ${personId}`);
}
