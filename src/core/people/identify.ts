import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import type { Actor } from '#core/actor.ts';
import type { Deps } from '#core/deps.ts';
import { RetryError } from '#core/errors.ts';
import type { Channel, Sender } from '#core/ports/chat.ts';
import { ensureChannel } from '#core/workspaces/ensure-channel.ts';
import { ensureWorkspace } from '#core/workspaces/ensure-workspace.ts';
import type { ResolvedSettings } from '#core/workspaces/resolve-settings.ts';
import { findLayers, resolveLayers } from '#core/workspaces/settings.ts';
import { inWorkspace, send, type Tx } from '#db/client.ts';
import type { Reader } from '#src/i18n.ts';

/** What is the same for everybody who speaks in a channel. */
export interface Place {
  workspaceId: string;
  channelId: string;
  /** The channel where replies go, mostly the same. */
  destinationId: string;
  settings: ResolvedSettings;
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
      const identity = await readIdentity(deps, call);
      deps.identities.keep(call, identity);
      return identity;
    } catch (error) {
      if (!(error instanceof RetryError)) throw error;
    }
  }
}

async function readIdentity(deps: Pick<Deps, 'db' | 'i18n' | 'identities'>, call: Asking): Promise<Identity> {
  const known = deps.identities.findPlace(call);
  const workspaceId = known?.workspaceId ?? (await ensureWorkspace(deps, call.platform, call.workspace));
  const [place, account] = await inWorkspace(deps.db, workspaceId, (tx) =>
    // Sent together, answered in turn.
    Promise.all([known ?? readPlace(tx, workspaceId, call), ensureMember(tx, workspaceId, call)]),
  );
  deps.identities.keepPlace(call, place);
  const { channelId, destinationId, settings } = place;
  const locale = account.language ?? deps.i18n.match(call.locale) ?? settings.language ?? 'en';
  return {
    actor: { workspaceId, personId: account.personId, accountId: account.id, role: call.account.standing },
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
  const [channelId, destinationId, layers] = await Promise.all([
    ensureChannel(tx, workspaceId, channel),
    elsewhere && ensureChannel(tx, workspaceId, elsewhere),
    send(findLayers(tx, workspaceId)),
  ]);
  const settings = resolveLayers(layers, workspaceId, channelId);
  return { workspaceId, channelId, destinationId: destinationId ?? channelId, settings };
}

interface Account extends Record<string, unknown> {
  id: string;
  personId: string;
  language: string | null;
}

/**
 * Finds or writes down an account with its person, and the person's role in the workspace.
 * @throws {RetryError} when another process met the same person at the same moment.
 */
async function ensureMember(tx: Tx, workspaceId: string, { platform, account }: Sender): Promise<Account> {
  const found = tx.execute<Account>(sql`
    with known as (
      select id, person_id, language from accounts where platform = ${platform} and platform_id = ${account.platformId}
    ), renamed as (
      update accounts set name = ${account.name} from known where accounts.id = known.id and accounts.name <> ${account.name}
    ), person as (
      insert into people (id) select ${randomUUID()}::uuid where not exists (select from known) returning id
    ), made as (
      insert into accounts (person_id, platform, platform_id, name)
      select id, ${platform}, ${account.platformId}, ${account.name} from person
      on conflict (platform, platform_id) do nothing
      returning id, person_id, language
    ), account as (
      select * from known union all select * from made
    ), member as (
      insert into members (workspace_id, person_id, role) select ${workspaceId}, person_id, ${account.standing} from account
      on conflict (workspace_id, person_id) do update set role = excluded.role where members.role <> excluded.role
    )
    select id, person_id as "personId", language from account`);
  const [one] = await send(found);
  if (!one) throw new RetryError(`account ${platform} ${account.platformId} was made meanwhile`);
  return one;
}
