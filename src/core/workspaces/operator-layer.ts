import { isDeepStrictEqual } from 'node:util';
import { and, eq, sql } from 'drizzle-orm';
import { recordAct } from '#core/audit/record-act.ts';
import { shareLanes } from '#core/batches/join-lanes.ts';
import type { CommandContext } from '#core/commands/define.ts';
import { UserError } from '#core/errors.ts';
import { type Budget, budgetCodes } from '#core/quotas/read-budget.ts';
import { lockLayer, writeLayer } from '#core/workspaces/layer.ts';
import { findLayers, operatorScope, resolveLayers } from '#core/workspaces/settings.ts';
import { inWorkspace, type Tx } from '#db/client.ts';
import { workspaces } from '#db/schema/index.ts';

/** What an operator may lay on a workspace; undefined leaves it as it is. */
export interface OperatorChange {
  suspended?: boolean;
  /** Most pictures in providers' hands at once; null takes the cap off. */
  inFlightWorkspace?: number | null;
  /** Most credits that it may use in a day, and most money that its pictures may cost in a month. */
  creditsDay?: number | null;
  moneyMonth?: Budget | null;
}

/** What lies on a workspace once it was changed. */
export type OperatorCaps = Required<Omit<OperatorChange, 'suspended'>>;

/**
 * Suspends or caps a workspace, and says so in its own log; what changes nothing is not written down. What a suspended
 * workspace has asked for is finished: it was promised, and paid for.
 * @throws {UserError} `operator.unknownWorkspace`
 */
export async function changeOperatorLayer(
  { deps, actor, requestId }: CommandContext,
  address: string,
  change: OperatorChange,
): Promise<OperatorCaps> {
  const [, platform = '', platformId = ''] = /^([a-z]+):(\S+)$/.exec(address) ?? [];
  const [found] = await deps.db
    .select({ id: workspaces.id })
    .from(workspaces)
    .where(and(eq(workspaces.platform, platform), eq(workspaces.platformId, platformId)));
  if (!found) throw new UserError('operator.unknownWorkspace', { workspace: address });
  const workspaceId = found.id;
  return inWorkspace(deps.db, workspaceId, async (tx) => {
    const place = { workspaceId, scope: 'operator', scopeId: operatorScope } as const;
    const known = await lockLayer(tx, place);
    const before = {
      suspended: known.suspendedAt !== null,
      inFlightWorkspace: known.inFlightWorkspace,
      creditsDay: known.creditsDay,
      moneyMonth: known.moneyMonth,
    };
    const after = { ...before, ...change };
    const { suspended, ...caps } = after;
    if (isDeepStrictEqual(after, before)) return caps;
    await writeLayer(tx, place, { ...caps, suspendedAt: suspended ? (known.suspendedAt ?? deps.now()) : null });
    await holdAtOnce(tx, workspaceId);
    await tx.execute(sql`select pg_notify('easel_identities', '')`);
    const act = {
      act: 'operator.changed',
      subject: `workspace:${workspaceId}`,
      before: codes(before),
      after: codes(after),
    };
    await recordAct(tx, { actor: { ...actor, workspaceId }, channelId: null, requestId }, act);
    return caps;
  });
}

const codes = ({ moneyMonth, ...others }: Required<OperatorChange>) => ({
  ...others,
  moneyMonth: budgetCodes(moneyMonth),
});

async function holdAtOnce(tx: Tx, workspaceId: string): Promise<void> {
  await shareLanes(tx, workspaceId, resolveLayers(await findLayers(tx, workspaceId), workspaceId, ''));
}
