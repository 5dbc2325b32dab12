import { type Role, roles } from '#core/ports/chat.ts';
import type { Size } from '#core/ports/images.ts';
import type { Budget } from '#core/quotas/read-budget.ts';
import type { PictureRules } from '#core/safety/picture-rules.ts';
import type { PlacedRule, Rule } from '#core/workspaces/policy.ts';

/** One layer of settings; what is absent is not set there. */
export interface SettingsLayer {
  language?: string | null;
  timeZone?: string | null;
  model?: string | null;
  ratio?: Size | null;
  style?: string | null;
  private?: boolean | null;
  credits?: Partial<Record<Role, number>>;
  /** What is not allowed, by the highest role that it holds for. */
  rules?: Partial<Record<Role, Rule>>;
  /** Set for a workspace only, like what follows. */
  weights?: Partial<Record<Role, number>>;
  inFlightPerson?: number | null;
  inFlightWorkspace?: number | null;
  failover?: boolean | null;
  draftImages?: number | null;
  draftCredits?: number | null;
  blockedWords?: readonly string[] | null;
  pictures?: PictureRules | null;
  /** Set by an operator only. */
  suspendedAt?: Date | null;
  creditsDay?: number | null;
  moneyMonth?: Budget | null;
}

export interface ResolvedSettings {
  /** No command is taken here. */
  suspended: boolean;
  /** What an operator lets the whole workspace use: credits a day, and money a month; null = no cap. */
  caps: { creditsDay: number | null; moneyMonth: Budget | null };
  language: string | undefined;
  timeZone: string;
  model: string | undefined;
  /** The shape of pictures that are asked for without one. */
  ratio: Size;
  /** Added to prompts that have none of their own. */
  style: string | undefined;
  /** Whether what is asked for is for its person alone. */
  private: boolean;
  /** What is not allowed, of the workspace and of the channel. */
  rules: PlacedRule[];
  /** Credits a day by role. */
  credits: Record<Role, number>;
  /** Shares of the workspace's turns by role: who has 2 gets twice as many as who has 1. */
  weights: Record<Role, number>;
  /** Most images of one person, and of the workspace, in a provider's hands at once; null = no cap. */
  inFlight: { person: number | null; workspace: number | null };
  /** Whether another provider's model may make what the asked one's cannot. */
  failover: boolean;
  /** A batch of more is a draft first. */
  draft: { images: number; credits: number };
  /** Words that no prompt may hold: those of the workspace and of the channel. */
  blockedWords: readonly string[];
  /** What was set to be done with pictures; a channel's comes before the workspace's. */
  pictures: PictureRules;
}

/** What holds where nobody set anything, and the most credits a day that anybody may be given. */
export const operatorSettings = {
  timeZone: 'UTC',
  ratio: { width: 1, height: 1 },
  credits: { owner: 1000, admin: 1000, member: 200, guest: 30 },
  creditsMax: 100_000,
  weights: { owner: 2, admin: 2, member: 2, guest: 1 },
  weightMax: 10,
  inFlightMax: 100,
  failover: true,
  draft: { images: 10, credits: 50 },
} as const;

/**
 * Resolves layers from the operator inward (operator, workspace, channel, person). Choices: the innermost wins.
 * Limits: a workspace may set its own in place of the default, and further in the strictest wins.
 */
export function resolveSettings(layers: {
  operator: {
    timeZone: string;
    ratio: Size;
    credits: Record<Role, number>;
    creditsMax: number;
    weights: Record<Role, number>;
    failover: boolean;
    draft: { images: number; credits: number };
    suspended?: boolean;
    inFlightWorkspace?: number | null;
    creditsDay?: number | null;
    moneyMonth?: Budget | null;
  };
  workspace: SettingsLayer;
  channel: SettingsLayer;
  person: SettingsLayer;
}): ResolvedSettings {
  const outward = [layers.person, layers.channel, layers.workspace];
  const innermost = (key: 'language' | 'timeZone' | 'model' | 'style') =>
    outward.map((layer) => layer[key]).find(Boolean) ?? undefined;
  const credits = (role: Role) =>
    Math.min(
      layers.operator.creditsMax,
      layers.workspace.credits?.[role] ?? layers.operator.credits[role],
      ...[layers.channel, layers.person].map((layer) => layer.credits?.[role] ?? Number.POSITIVE_INFINITY),
    );
  const weight = (role: Role) => layers.workspace.weights?.[role] ?? layers.operator.weights[role];
  const { suspended = false, inFlightWorkspace: operatorCap = null } = layers.operator;
  const { creditsDay = null, moneyMonth = null } = layers.operator;
  return {
    suspended,
    caps: { creditsDay, moneyMonth },
    language: innermost('language'),
    timeZone: innermost('timeZone') ?? layers.operator.timeZone,
    model: innermost('model'),
    ratio: outward.map(({ ratio }) => ratio).find(Boolean) ?? layers.operator.ratio,
    style: innermost('style'),
    private: outward.map((layer) => layer.private).find((set) => set !== undefined && set !== null) ?? false,
    draft: {
      images: layers.workspace.draftImages ?? layers.operator.draft.images,
      credits: layers.workspace.draftCredits ?? layers.operator.draft.credits,
    },
    credits: { owner: credits('owner'), admin: credits('admin'), member: credits('member'), guest: credits('guest') },
    weights: { owner: weight('owner'), admin: weight('admin'), member: weight('member'), guest: weight('guest') },
    blockedWords: [...new Set([layers.workspace, layers.channel].flatMap((layer) => layer.blockedWords ?? []))],
    pictures: { ...layers.workspace.pictures, ...layers.channel.pictures },
    rules: (['workspace', 'channel'] as const).flatMap((scope) =>
      roles.flatMap((role) => {
        const rule = layers[scope].rules?.[role];
        return rule && Object.keys(rule).length > 0 ? [{ ...rule, scope, role }] : [];
      }),
    ),
    failover: layers.workspace.failover ?? layers.operator.failover,
    inFlight: {
      person: layers.workspace.inFlightPerson ?? null,
      workspace: least(layers.workspace.inFlightWorkspace ?? null, operatorCap),
    },
  };
}

/** The stricter of two caps, of which each may be none. */
function least(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.min(one, other);
}
