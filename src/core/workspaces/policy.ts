import { UserError } from '#core/errors.ts';
import { type Role, roles } from '#core/ports/chat.ts';

/** What is not allowed; what is absent is not ruled. */
export interface Rule {
  /** Of models these alone. */
  models?: string[];
  notModels?: string[];
  /** Most pictures of one request. */
  imagesMax?: number;
  /** No style but the place's own and those of presets for everyone. */
  style?: false;
  /** No private results. */
  private?: false;
}

/** A rule with where it was made; it holds for its role and all with fewer rights. */
export interface PlacedRule extends Rule {
  scope: 'workspace' | 'channel';
  role: Role;
}

/** What is asked for, as far as rules are about it. */
export interface Wanted {
  models: readonly WantedModel[];
  images: number;
  private: boolean;
  /** With a style that a person chose, now or for what is made again. */
  ownStyle: boolean;
}

export interface WantedModel {
  id: string;
  /** It enlarges what others made, and is nothing that a list of models would name. */
  enlarges: boolean;
}

/**
 * Why a request is not allowed to somebody of a role; undefined where it is. Whatever one rule forbids is forbidden: another
 * never allows it. Of several limits the least counts. `known` are the models that there are, for what would be right.
 */
export function findRefusal(
  rules: readonly PlacedRule[],
  role: Role,
  wanted: Wanted,
  known: readonly string[],
): UserError | undefined {
  const held = rules.filter((rule) => holdsFor(rule, role));
  for (const model of wanted.models) {
    const rule = held.find((one) => forbidsModel(one, model));
    if (rule) return modelRefusal(rule, model.id, held, known);
  }
  const limits = held.flatMap((rule) => (rule.imagesMax === undefined ? [] : [{ rule, max: rule.imagesMax }]));
  const [least] = limits.toSorted((one, other) => one.max - other.max);
  if (least && wanted.images > least.max) {
    const of = whose(least.rule);
    if (least.max === 0) return new UserError('policy.noImages', of);
    return new UserError('policy.images', { ...of, count: wanted.images, max: least.max });
  }
  const aboutPrivate = wanted.private ? held.find((rule) => rule.private === false) : undefined;
  if (aboutPrivate) return new UserError('policy.private', whose(aboutPrivate));
  const aboutStyle = wanted.ownStyle ? held.find((rule) => rule.style === false) : undefined;
  return aboutStyle && new UserError('policy.style', whose(aboutStyle));
}

/** Whether a role may use a model. */
export function allowsModel(rules: readonly PlacedRule[], role: Role, model: WantedModel): boolean {
  return !rules.some((rule) => holdsFor(rule, role) && forbidsModel(rule, model));
}

const holdsFor = (rule: PlacedRule, role: Role): boolean => roles.indexOf(role) >= roles.indexOf(rule.role);

function forbidsModel({ models, notModels }: Rule, { id, enlarges }: WantedModel): boolean {
  return notModels?.includes(id) === true || (models !== undefined && !enlarges && !models.includes(id));
}

const whose = ({ scope, role }: PlacedRule) => ({ scope, who: role });

function modelRefusal(rule: PlacedRule, model: string, held: readonly PlacedRule[], known: readonly string[]) {
  const models = known.filter((id) => !held.some((one) => forbidsModel(one, { id, enlarges: false })));
  if (models.length === 0) return new UserError('policy.noModel', { ...whose(rule), model });
  return new UserError('policy.model', { ...whose(rule), model, models });
}
