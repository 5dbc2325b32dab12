import { eq } from 'drizzle-orm';
import { type Role, roles } from '#core/ports/chat.ts';
import type { Size } from '#core/ports/images.ts';
import { type Layer, lockLayer, writeLayer } from '#core/workspaces/layer.ts';
import {
  operatorSettings,
  type ResolvedSettings,
  resolveSettings,
  type SettingsLayer,
} from '#core/workspaces/resolve-settings.ts';
import type { Tx } from '#db/client.ts';
import { settings } from '#db/schema/index.ts';

/** Stands for the operator where a workspace or channel stands otherwise. */
export const operatorScope = '00000000-0000-0000-0000-000000000000';

export interface SettingsPlace {
  workspaceId: string;
  scope: 'workspace' | 'channel';
  scopeId: string;
}

/** Undefined leaves a setting as it is, null takes it back. */
export interface SettingsChange {
  language: string | null | undefined;
  timeZone: string | null | undefined;
  model: string | null | undefined;
  ratio: Size | null | undefined;
  credits: ByRole;
  weights: ByRole;
  inFlightPerson: number | null | undefined;
  inFlightWorkspace: number | null | undefined;
  failover: boolean | null | undefined;
  style: string | null | undefined;
  draftImages: number | null | undefined;
  draftCredits: number | null | undefined;
  private: boolean | null | undefined;
}

type ByRole = Record<Role, number | null | undefined>;

/** Writes the changed settings of one layer. */
export async function saveSettings(tx: Tx, place: SettingsPlace, change: SettingsChange): Promise<void> {
  const known = await lockLayer(tx, place);
  const { credits, weights, ...others } = change;
  await writeLayer(tx, place, {
    credits: changeByRole(known.credits, credits),
    weights: changeByRole(known.weights, weights),
    ...others,
  });
}

/** Writes the daily credits of one role; resolves to what was set before. */
export async function saveCredits(
  tx: Tx,
  place: SettingsPlace,
  role: Role,
  value: number | null,
): Promise<number | null> {
  const { [role]: before, ...others } = (await lockLayer(tx, place)).credits;
  await writeLayer(tx, place, { credits: value === null ? others : { ...others, [role]: value } });
  return before ?? null;
}

function changeByRole(known: Record<string, number>, change: ByRole): Record<string, number> {
  return Object.fromEntries(
    roles.flatMap((role) => {
      const value = change[role] === undefined ? known[role] : change[role];
      return value === undefined || value === null ? [] : [[role, value]];
    }),
  );
}

type Layers = Layer[];

/** What was set in a workspace, for itself and for its channels. */
export function findLayers(tx: Tx, workspaceId: string): Promise<Layers> {
  return tx.select().from(settings).where(eq(settings.workspaceId, workspaceId));
}

function operatorLayer({ suspendedAt, inFlightWorkspace, creditsDay, moneyMonth }: SettingsLayer) {
  return {
    suspended: suspendedAt != null,
    inFlightWorkspace: inFlightWorkspace ?? null,
    creditsDay: creditsDay ?? null,
    moneyMonth: moneyMonth ?? null,
  };
}

/** What holds in a channel of a workspace, before what the person set. */
export function resolveLayers(layers: Layers, workspaceId: string, channelId: string): ResolvedSettings {
  const layer = (scopeId: string): SettingsLayer => layers.find((row) => row.scopeId === scopeId) ?? {};
  return resolveSettings({
    operator: { ...operatorSettings, ...operatorLayer(layer(operatorScope)) },
    workspace: layer(workspaceId),
    channel: layer(channelId),
    person: {},
  });
}
