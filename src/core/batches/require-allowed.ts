import { findModel, listModels } from '#core/batches/models.ts';
import type { BatchPlan } from '#core/batches/request-batch.ts';
import { StoppedPlanError } from '#core/batches/stopped-plan.ts';
import type { CommandContext } from '#core/commands/define.ts';
import type { Deps } from '#core/deps.ts';
import { UserError } from '#core/errors.ts';
import { requireClean } from '#core/safety/require-clean.ts';
import { findRefusal, type Wanted, type WantedModel } from '#core/workspaces/policy.ts';

export type Ruled = Pick<CommandContext, 'deps' | 'settings' | 'actor'>;

/**
 * Holds what is asked for against the rules of the workspace and the channel.
 * @throws {UserError} `policy.*`
 */
export function requireAllowed({ deps, settings, actor }: Ruled, wanted: Partial<Wanted>): void {
  if (settings.rules.length === 0) return;
  const known = listModels(deps.providers).map(({ model }) => model.id);
  const whole = { models: [], images: 0, private: false, ownStyle: false, ...wanted };
  const refusal = findRefusal(settings.rules, actor.role, whole, known);
  if (refusal) throw refusal;
}

/**
 * A request as rules see it, whatever it was asked for with, and its words.
 * @throws {UserError} `policy.*`; {StoppedPlanError} `prompt.blockedWord`
 */
export function requirePlanAllowed(context: Ruled, plan: BatchPlan): void {
  const ids = [...new Set(plan.images.map(({ model }) => model))];
  requireAllowed(context, {
    models: ids.map((id) => wantedModel(context, id)),
    images: plan.images.length,
    private: plan.private !== undefined,
    ownStyle: plan.images.some(({ ownStyle }) => ownStyle === true),
  });
  try {
    requireClean(plan.images, context.settings.blockedWords);
  } catch (error) {
    throw error instanceof UserError ? new StoppedPlanError(error, plan) : error;
  }
}

/** A model as rules see it. */
export function wantedModel({ deps }: { deps: Pick<Deps, 'providers'> }, id: string): WantedModel {
  return { id, enlarges: findModel(deps.providers, id)?.model.upscales?.only === true };
}
