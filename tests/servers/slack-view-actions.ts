import type { Courier } from '#tests/servers/slack-delivery.ts';
import { ApiRefusal } from '#tests/servers/slack-faults.ts';
import { fillIn } from '#tests/servers/slack-forms.ts';
import { isObject, layOut } from '#tests/servers/slack-layout.ts';
import { closeAll, newView, put, replaceView, stackOf } from '#tests/servers/slack-methods-views.ts';
import { type Actor, actionJson, interaction, newTrigger } from '#tests/servers/slack-payloads.ts';
import { acknowledged, actionOf, ClientError, type SlackUser, type ViewAnswer } from '#tests/servers/slack-people.ts';
import { namesOf } from '#tests/servers/slack-view.ts';
import type { OpenView, View } from '#tests/servers/slack-world.ts';

/** What a person can do in modals and on the Home tab. */
export function createViewActions(
  courier: Courier,
  actor: Actor,
): Pick<SlackUser, 'pressInView' | 'submitView' | 'closeView'> {
  const { world, team, user } = actor;

  function openOf({ id }: View): OpenView {
    const open = world.views.find(({ view, userId }) => view.id === id && userId === user.id);
    if (!open) throw new ClientError('view_closed');
    return open;
  }

  function close(open: OpenView): void {
    world.views.splice(world.views.indexOf(open), 1);
    world.changes.emit('change');
  }

  /** What a submission's acknowledgement does. @throws {ApiRefusal} when it holds a view Slack would not take. */
  function apply(open: OpenView, body: unknown): Pick<ViewAnswer, 'errors'> {
    const answer = isObject(body) ? body : {};
    if (answer.response_action === undefined) {
      if (Object.keys(answer).length > 0) throw new ClientError('invalid_response', JSON.stringify(answer));
      close(open);
    } else if (answer.response_action === 'clear') closeAll(world, user.id);
    else if (answer.response_action === 'update') replaceView(world, team, open, answer.view);
    else if (answer.response_action === 'push') {
      const view = newView(world, team, answer.view, 'modal', '/view');
      put(world, { teamId: team.id, userId: user.id, view, kind: 'modal' });
    } else if (answer.response_action === 'errors' && isObject(answer.errors)) {
      const inputs = open.view.blocks.filter(({ type }) => type === 'input').map(({ block_id }) => block_id);
      const unknown = Object.keys(answer.errors).filter((id) => !inputs.includes(id));
      if (unknown.length > 0) throw new ClientError('invalid_errors', `no input block ${unknown.join(', ')}`);
      return { errors: answer.errors as Record<string, string> };
    } else throw new ClientError('invalid_response', JSON.stringify(answer));
    return {};
  }

  return {
    async pressInView(view, action, { option } = {}) {
      const open = openOf(view);
      const laidOut = layOut(open.view.blocks, namesOf(world, team.id), (id) => world.files.get(id));
      const pressed = actionOf(laidOut.actions, action);
      const payload = {
        ...interaction(actor, 'block_actions'),
        container: { type: 'view', view_id: open.view.id },
        trigger_id: newTrigger(actor),
        view: open.view,
        actions: [actionJson(world, pressed, option)],
      };
      return acknowledged(await courier.send('interactive', payload), pressed.label);
    },
    async submitView(view, values = {}) {
      const open = openOf(view);
      if (stackOf(world, user.id).at(-1) !== open) throw new ClientError('view_covered');
      if (open.view.submit === null) throw new ClientError('no_submit_button');
      const state = { values: fillIn(actor, open.view, values) };
      const payload = {
        ...interaction(actor, 'view_submission'),
        trigger_id: newTrigger(actor),
        view: { ...open.view, state },
        response_urls: [],
      };
      const answer = acknowledged(await courier.send('interactive', payload), 'The form');
      try {
        const result = apply(open, answer.body);
        const top = stackOf(world, user.id).at(-1)?.view;
        return { ...answer, ...result, ...(top ? { view: top } : {}) };
      } catch (error) {
        if (!(error instanceof ApiRefusal)) throw error;
        throw new ClientError('invalid_response', `${error.code} ${JSON.stringify(error.extra)}`);
      }
    },
    async closeView(view) {
      const open = openOf(view);
      const { notify_on_close, clear_on_close } = open.view;
      if (clear_on_close === true) closeAll(world, user.id);
      else close(open);
      if (notify_on_close !== true) return undefined;
      const payload = { ...interaction(actor, 'view_closed'), view: open.view, is_cleared: clear_on_close === true };
      return acknowledged(await courier.send('interactive', payload), 'The form');
    },
  };
}
