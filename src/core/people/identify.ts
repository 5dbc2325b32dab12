import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
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
  const known = await findKnown(deps, call);
  const [workspaceId, account] = await Promise.all([
    ensureWorkspace(deps, call, known),
    ensureAccount(deps, call, known),
  ]);
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

interface Account {
  id: string;
  personId: string;
  name: string;
  language: string | null;
}

interface Known {
  workspace: { id: string; name: string; gone: boolean } | null;
  account: Account | null;
}

const accountColumns = sql`'id', id, 'personId', person_id, 'name', name, 'language', language`;

async function findKnown(deps: Pick<Deps, 'db'>, { platform, workspace, account }: Sender): Promise<Known> {
  const [known] = await deps.db.execute<Known & Record<string, unknown>>(sql`
    select (
      select json_build_object('id', id, 'name', name, 'gone', gone_at is not null) from workspaces
      where platform = ${platform} and platform_id = ${workspace.platformId}) as workspace, (
      select json_build_object(${accountColumns}) from accounts
      where platform = ${platform} and platform_id = ${account.platformId}) as account`);
  return required(known);
}

async function ensureWorkspace(deps: Pick<Deps, 'db'>, call: Sender, { workspace: known }: Known): Promise<string> {
  if (known && known.name === call.workspace.name && !known.gone) return known.id;
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

async function ensureAccount(deps: Pick<Deps, 'db'>, call: Sender, { account: known }: Known): Promise<Account> {
  if (known) {
    if (known.name !== call.account.name) {
      await deps.db.update(accounts).set({ name: call.account.name }).where(eq(accounts.id, known.id));
    }
    return known;
  }
  const personId = randomUUID();
  const [made] = await deps.db.execute<{ account: Account }>(sql`
    with person as (insert into people (id) values (${personId}) returning id)
    insert into accounts (person_id, platform, platform_id, name)
    select id, ${call.platform}, ${call.account.platformId}, ${call.account.name} from person
    on conflict (platform, platform_id) do nothing
    returning json_build_object(${accountColumns}) as account`);
  if (made) return made.account;
  // Another process met the same person at the same moment.
  await deps.db.delete(people).where(eq(people.id, personId));
  return required((await findKnown(deps, call)).account ?? undefined);
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
