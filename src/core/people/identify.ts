import { randomUUID } from 'node:crypto';
import { and, eq, sql } from 'drizzle-orm';
import type { Actor } from '#core/actor.ts';
import type { Deps } from '#core/deps.ts';
import { RetryError } from '#core/errors.ts';
import { type RoleMapping, roleOf } from '#core/people/role-of.ts';
import { findMappings } from '#core/people/roles.ts';
import type { Channel, Role, Sender } from '#core/ports/chat.ts';
import { ensureChannel } from '#core/workspaces/ensure-channel.ts';
import { ensureWorkspace } from '#core/workspaces/ensure-workspace.ts';
import type { ResolvedSettings } from '#core/workspaces/resolve-settings.ts';
import { findLayers, resolveLayers } from '#core/workspaces/settings.ts';
import { inWorkspace, send, type Tx } from '#db/client.ts';
import { members } from '#db/schema/index.ts';
import type { Reader } from '#src/i18n.ts';

/** What is the same for everybody who speaks in a channel. */
export interface Place {
  workspaceId: string;
  channelId: string;
  /** The channel where replies go, mostly the same. */
  destinationId: string;
  settings: ResolvedSettings;
  /** Of platform roles to ours. */
  mappings: readonly RoleMapping[];
}

export interface Identity {
  actor: Actor;
  channelId: string;
  destinationId: string;
  settings: ResolvedSettings;
  reader: Reader;
}

type Asking = Sender & { elsewhere?: Channel };

/** Finds, or writes down, the workspace, channel and person of a call, and resolves what holds for them. */
export async function identify(deps: Pick<Deps, 'db' | 'i18n' | 'identities'>, call: Asking): Promise<Identity> {
  const kept = deps.identities.find(call);
  if (kept) return kept;
  for (;;) {
    try {
      const epoch = deps.identities.epoch();
      const identity = await readIdentity(deps, call, epoch);
      deps.identities.keep(call, identity, epoch);
      return identity;
    } catch (error) {
      if (!(error instanceof RetryError)) throw error;
    }
  }
}

async function readIdentity(
  deps: Pick<Deps, 'db' | 'i18n' | 'identities'>,
  call: Asking,
  epoch: number,
): Promise<Identity> {
  const known = deps.identities.findPlace(call);
  const workspaceId = known?.workspaceId ?? (await ensureWorkspace(deps, call.platform, call.workspace));
  const [place, account] = await inWorkspace(deps.db, workspaceId, (tx) =>
    // Sent together, answered in turn.
    Promise.all([known ?? readPlace(tx, workspaceId, call), ensureMember(tx, workspaceId, call)]),
  );
  deps.identities.keepPlace(call, place, epoch);
  const { channelId, destinationId, settings, mappings } = place;
  const { standing, platformRoles = [] } = call.account;
  const { role } = roleOf({ standing, platformRoles, assigned: account.assigned }, mappings);
  if (role !== (account.role ?? standing)) await keepRole(deps, workspaceId, account.personId, role);
  const locale = account.language ?? deps.i18n.match(call.locale) ?? settings.language ?? 'en';
  return {
    actor: {
      ...{ workspaceId, personId: account.personId, personIds: account.personIds },
      ...{ accountId: account.id, role },
    },
    channelId,
    destinationId,
    settings,
    reader: { locale, timeZone: settings.timeZone },
  };
}

/** What holds in a channel, which is written down where it is new. */
export async function readPlace(
  tx: Tx,
  workspaceId: string,
  { channel, elsewhere }: Pick<Asking, 'channel' | 'elsewhere'>,
): Promise<Place> {
  const [channelId, destinationId, layers, mappings] = await Promise.all([
    ensureChannel(tx, workspaceId, channel),
    elsewhere && ensureChannel(tx, workspaceId, elsewhere),
    send(findLayers(tx, workspaceId)),
    send(findMappings(tx, workspaceId)),
  ]);
  const settings = resolveLayers(layers, workspaceId, channelId);
  return { workspaceId, channelId, destinationId: destinationId ?? channelId, settings, mappings };
}

interface Account extends Record<string, unknown> {
  id: string;
  personId: string;
  personIds: string[];
  language: string | null;
  /** Set by hand. */
  assigned: Role | null;
  /** As it was kept before; null for somebody new. */
  role: Role | null;
}

/** What others see of a person's role, who may not be here. */
async function keepRole(deps: Pick<Deps, 'db'>, workspaceId: string, personId: string, role: Role): Promise<void> {
  const ofPerson = and(eq(members.workspaceId, workspaceId), eq(members.personId, personId));
  await inWorkspace(deps.db, workspaceId, (tx) => tx.update(members).set({ role }).where(ofPerson));
}

/**
 * Finds or writes down an account with its person, which may have taken a username over from another, and the person's role in the workspace.
 * @throws {RetryError} when another process met the same person at the same moment.
 */
async function ensureMember(tx: Tx, workspaceId: string, { platform, account }: Sender): Promise<Account> {
  const { username = null, standing, platformRoles = [] } = account;
  const found = tx.execute<Account>(sql`
    with known as (
      select id, person_id, language from accounts where platform = ${platform} and platform_id = ${account.platformId}
    ), renamed as (
      update accounts set name = ${account.name}, username = ${username} from known where accounts.id = known.id
        and (accounts.name, accounts.username) is distinct from (${account.name}::text, ${username}::text)
    ), taken as (
      update accounts set username = null where platform = ${platform} and lower(username) = lower(${username}::text)
        and platform_id <> ${account.platformId}
    ), person as (
      insert into people (id) select ${randomUUID()}::uuid where not exists (select from known) returning id
    ), made as (
      insert into accounts (person_id, platform, platform_id, name, username)
      select id, ${platform}, ${account.platformId}, ${account.name}, ${username} from person
      on conflict (platform, platform_id) do nothing
      returning id, person_id, language
    ), account as (
      select * from known union all select * from made
    ), member as (
      insert into members as m (workspace_id, person_id, role, standing, platform_roles)
      select ${workspaceId}, person_id, ${standing}, ${standing}, ${sql.param(platformRoles, members.platformRoles)}::jsonb from account
      on conflict (workspace_id, person_id) do update set standing = excluded.standing, platform_roles = excluded.platform_roles
        where (m.standing, m.platform_roles) is distinct from (excluded.standing, excluded.platform_roles)
    )
    select account.id, account.person_id as "personId", account.language, m.assigned, m.role,
      array(select account.person_id union all select p.id from people p where p.joined_to = account.person_id) as "personIds"
    from account left join members m on m.workspace_id = ${workspaceId} and m.person_id = account.person_id`);
  const [one] = await send(found);
  if (!one) throw new RetryError(`account ${platform} ${account.platformId} was made meanwhile`);
  return one;
}
