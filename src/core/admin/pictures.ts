import type { AdminAct } from '#core/admin/act.ts';
import { recordAct } from '#core/audit/record-act.ts';
import { privateAnswer } from '#core/commands/answer.ts';
import type { CommandContext } from '#core/commands/define.ts';
import { UserError } from '#core/errors.ts';
import {
  actionsIn,
  allowsExplicit,
  type PictureAction,
  type PictureRules,
  pictureActions,
  type RuledRating,
  ruledRatings,
} from '#core/safety/picture-rules.ts';
import { lockLayer, writeLayer } from '#core/workspaces/layer.ts';
import { findLayers, resolveLayers } from '#core/workspaces/settings.ts';
import type { Tx } from '#db/client.ts';
import type { Key } from '#src/i18n.ts';

/** What is done with pictures by what they show, in the workspace or in one channel. */
export const pictures: AdminAct = {
  name: 'pictures',
  description: 'commands.admin.acts.pictures.description',
  role: 'admin',
  usage: '[suggestive|explicit show|spoiler|blur|block|default] [--channel]',
  run: async (tx, context, rest) => {
    const change = readChange(rest);
    if (change) await save(tx, context, change);
    return { ...privateAnswer(context, await listing(tx, context, change)), forget: change !== undefined };
  },
};

interface Change {
  rating: RuledRating;
  /** Null takes back what was set. */
  action: PictureAction | null;
  scope: 'workspace' | 'channel';
}

/** Undefined where nothing is to be changed. @throws {UserError} `pictures.what` */
function readChange(rest: string): Change | undefined {
  const here = /(^|\s)--channel\s*$/i.exec(rest);
  const typed = (here ? rest.slice(0, here.index) : rest).trim().toLowerCase();
  if (typed === '') return undefined;
  const [name, value, ...more] = typed.split(/\s+/);
  const rating = ruledRatings.find((one) => one === name);
  const action = value === 'default' ? null : pictureActions.find((one) => one === value);
  if (!rating || action === undefined || more.length > 0) throw new UserError('pictures.what', { value: rest.trim() });
  return { rating, action, scope: here ? 'channel' : 'workspace' };
}

/** @throws {UserError} `pictures.ageRestricted` where explicit pictures may not be openly shown, as in a workspace that has other channels. */
async function save(tx: Tx, context: CommandContext, { rating, action, scope }: Change): Promise<void> {
  const { workspaceId } = context.actor;
  const { ageRestricted } = context.call.channel.limits;
  const everywhere = ageRestricted === undefined ? undefined : false;
  const of = scope === 'channel' ? ageRestricted : everywhere;
  if (rating === 'explicit' && action !== null && !allowsExplicit(of, action))
    throw new UserError('pictures.ageRestricted');
  const place = { workspaceId, scope, scopeId: scope === 'channel' ? context.channelId : workspaceId };
  const { [rating]: before, ...others } = (await lockLayer(tx, place)).pictures ?? {};
  const now: PictureRules = action === null ? others : { ...others, [rating]: action };
  await writeLayer(tx, place, { pictures: Object.keys(now).length > 0 ? now : null });
  await recordAct(tx, context, {
    act: 'pictures.set',
    subject: `${scope}:${place.scopeId}`,
    before: { [rating]: before ?? null },
    after: { [rating]: action },
  });
}

const ratingKeys: Record<RuledRating, Key> = {
  suggestive: 'commands.admin.acts.pictures.suggestive',
  explicit: 'commands.admin.acts.pictures.explicit',
};
const actionKeys: Record<PictureAction, Key> = {
  show: 'commands.admin.acts.pictures.show',
  spoiler: 'commands.admin.acts.pictures.spoiler',
  blur: 'commands.admin.acts.pictures.blur',
  block: 'commands.admin.acts.pictures.block',
};

/** What holds in this channel, whoever set it. */
async function listing(tx: Tx, { actor, channelId, call, deps }: CommandContext, change: Change | undefined) {
  const { pictures: rules } = resolveLayers(await findLayers(tx, actor.workspaceId), actor.workspaceId, channelId);
  const actions = actionsIn(rules, call.channel.limits.ageRestricted);
  return {
    title: { key: 'commands.admin.acts.pictures.title' as const },
    tone: change ? ('success' as const) : ('info' as const),
    lines: [
      { key: 'commands.admin.acts.pictures.means' as const },
      ...(deps.pictureCheck ? [] : [{ key: 'commands.admin.acts.pictures.off' as const }]),
    ],
    fields: ruledRatings.map((rating) => ({
      label: { key: ratingKeys[rating] },
      value: { key: actionKeys[actions[rating]] },
    })),
  };
}
