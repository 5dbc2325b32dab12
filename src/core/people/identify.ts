import { and, eq, sql } from 'drizzle-orm';
import type { Actor } from '#core/actor.ts';
import type { Deps } from '#core/deps.ts';
import type { Channel, Role, Sender } from '#core/ports/chat.ts';
import { ensureChannel } from '#core/workspaces/ensure-channel.ts';
import type { ResolvedSettings } from '#core/workspaces/resolve-settings.ts';
import { findLayers, resolveLayers } from '#core/workspaces/settings.ts';
import { inWorkspace, type Tx } from '#db/client.ts';
import { accounts, members, people, workspaces } from '#db/schema/index.ts';
import type { Reader } from '#src/i18n.ts';

export interface Identity {
  actor: Actor;
  channelId: string;
  destinationId: string;
  settings: ResolvedSettings;
  reader: Reader;
}

/** Finds, or writes down, the workspace, channel and person of a call, and resolves what holds for them. */
export async function identify(
  deps: Pick<Deps, 'db' | 'i18n' | 'identities'>,
  call: Sender & { elsewhere?: Channel },
): Promise<Identity> {
  const kept = deps.identities.find(call);
  if (kept) return kept;
  const identity = await readIdentity(deps, call);
  deps.identities.keep(call, identity);
  return identity;
}

async function readIdentity(
  deps: Pick<Deps, 'db' | 'i18n'>,
  call: Sender & { elsewhere?: Channel },
): Promise<Identity> {
  const [workspaceId, account] = await Promise.all([ensureWorkspace(deps, call), ensureAccount(deps, call)]);
  return inWorkspace(deps.db, workspaceId, async (tx) => {
    // Sent together, answered in turn: one wait instead of three, on the way of every command.
    const [channelId, layers] = await Promise.all([
      ensureChannel(tx, workspaceId, call.channel),
      findLayers(tx, workspaceId),
      ensureMember(tx, workspaceId, account.personId, call.account.standing),
    ]);
    const resolved = resolveLayers(layers, workspaceId, channelId);
    const locale = account.language ?? deps.i18n.match(call.locale) ?? resolved.language ?? 'en';
    return {
      actor: { workspaceId, personId: account.personId, accountId: account.id, role: call.account.standing },
      channelId,
      destinationId: call.elsewhere ? await ensureChannel(tx, workspaceId, call.elsewhere) : channelId,
      settings: resolved,
      reader: { locale, timeZone: resolved.timeZone },
    };
  });
}

async function ensureWorkspace(deps: Pick<Deps, 'db'>, call: Sender): Promise<string> {
  const address = and(eq(workspaces.platform, call.platform), eq(workspaces.platformId, call.workspace.platformId));
  const [known] = await deps.db.select().from(workspaces).where(address);
  if (known && known.name === call.workspace.name && known.goneAt === null) return known.id;
  const [row] = await deps.db
    .insert(workspaces)
    .values({ platform: call.platform, platformId: call.workspace.platformId, name: call.workspace.name })
    .onConflictDoUpdate({
      target: [workspaces.platform, workspaces.platformId],
      set: { name: call.workspace.name, goneAt: null },
    })
    .returning({ id: workspaces.id });
  return required(row).id;
}

async function ensureAccount(deps: Pick<Deps, 'db'>, call: Sender) {
  const address = and(eq(accounts.platform, call.platform), eq(accounts.platformId, call.account.platformId));
  const [known] = await deps.db.select().from(accounts).where(address);
  if (known) {
    if (known.name !== call.account.name)
      await deps.db.update(accounts).set({ name: call.account.name }).where(address);
    return known;
  }
  return deps.db.transaction(async (tx) => {
    await tx.execute(
      sql`select pg_advisory_xact_lock(hashtextextended(${`${call.platform}:${call.account.platformId}`}, 0))`,
    );
    const [meanwhile] = await tx.select().from(accounts).where(address);
    if (meanwhile) return meanwhile;
    const [person] = await tx.insert(people).values({}).returning({ id: people.id });
    const [account] = await tx
      .insert(accounts)
      .values({
        personId: required(person).id,
        platform: call.platform,
        platformId: call.account.platformId,
        name: call.account.name,
      })
      .returning();
    return required(account);
  });
}

async function ensureMember(tx: Tx, workspaceId: string, personId: string, role: Role): Promise<void> {
  await tx
    .insert(members)
    .values({ workspaceId, personId, role })
    .onConflictDoUpdate({
      target: [members.workspaceId, members.personId],
      set: { role },
      setWhere: sql`${members.role} <> excluded.role`,
    });
}

function required<T>(row: T | undefined): T {
  if (row === undefined) throw new Error('a row that was just written is not there');
  return row;
}
