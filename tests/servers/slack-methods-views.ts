import { checkBlocks } from '#tests/servers/slack-blocks.ts';
import { at, type Checks, checkKeys, checkString, checkText, plainOnly } from '#tests/servers/slack-checks.ts';
import { ApiRefusal, refuseWith } from '#tests/servers/slack-faults.ts';
import { isObject } from '#tests/servers/slack-layout.ts';
import { storedBlocks } from '#tests/servers/slack-messages.ts';
import type { Call } from '#tests/servers/slack-methods.ts';
import { requiredOf, stringOf } from '#tests/servers/slack-requests.ts';
import type { Json, OpenView, View, Workspace, World } from '#tests/servers/slack-world.ts';

/** docs.slack.dev/surfaces/modals */
const viewsInStackMax = 3;
const viewBytesMax = 250_000;

const knownKeys = {
  modal: [
    'type',
    'title',
    'blocks',
    'close',
    'submit',
    'private_metadata',
    'callback_id',
    'clear_on_close',
    'notify_on_close',
    'external_id',
    'submit_disabled',
  ],
  home: ['type', 'blocks', 'private_metadata', 'callback_id', 'external_id'],
};

export function openView(call: Call): Json {
  const { world, team, args } = call;
  const trigger = exchange(call);
  const view = newView(world, team, args.view, 'modal', '/view');
  closeAll(world, trigger.userId);
  return { view: put(world, { teamId: team.id, userId: trigger.userId, view, kind: 'modal' }) };
}

export function pushView(call: Call): Json {
  const { world, team, args } = call;
  const trigger = exchange(call);
  const open = stackOf(world, trigger.userId);
  if (open.length >= viewsInStackMax) throw new ApiRefusal('push_limit_reached');
  const view = newView(world, team, args.view, 'modal', '/view');
  return { view: put(world, { teamId: team.id, userId: trigger.userId, view, kind: 'modal' }) };
}

export function updateView({ world, team, args }: Call): Json {
  const id = stringOf(args, 'view_id');
  const externalId = stringOf(args, 'external_id');
  const open = world.views.find(({ view, teamId }) => {
    return teamId === team.id && (id === '' ? view.external_id === externalId : view.id === id);
  });
  if (!open || (id === '' && externalId === '')) throw new ApiRefusal('not_found');
  if (stringOf(args, 'hash') !== '' && args.hash !== open.view.hash) throw new ApiRefusal('hash_conflict');
  return { view: replaceView(world, team, open, args.view) };
}

export function publishView({ world, team, args }: Call): Json {
  const [userId = ''] = requiredOf(args, 'user_id');
  if (!team.users.has(userId)) throw new ApiRefusal('user_not_found');
  const view = newView(world, team, args.view, 'home', '/view');
  const old = world.views.findIndex((open) => open.kind === 'home' && open.userId === userId);
  if (old >= 0) world.views.splice(old, 1);
  return { view: put(world, { teamId: team.id, userId, view, kind: 'home' }) };
}

/** What `response_action: update` and views.update do to a view that is open. @throws {ApiRefusal} */
export function replaceView(world: World, team: Workspace, open: OpenView, view: unknown): View {
  open.view = { ...newView(world, team, view, open.kind, '/view', open.view.id), id: open.view.id };
  world.changes.emit('change');
  return open.view;
}

/** @throws {ApiRefusal} invalid_arguments with Slack's explanations, view_too_large, duplicate_external_id */
export function newView(
  world: World,
  team: Workspace,
  view: unknown,
  kind: 'modal' | 'home',
  root: string,
  replaces?: string,
): View {
  if (!isObject(view)) throw refuseWith('invalid_arguments', [`missing required field: view ${at('')}`]);
  if (Buffer.byteLength(JSON.stringify(view)) > viewBytesMax) throw new ApiRefusal('view_too_large');
  const checks: Checks = { errors: [], texts: [] };
  checkKeys(checks, view, knownKeys[kind], root);
  if (view.type !== kind) checks.errors.push(`unsupported type: ${view.type} ${at(`${root}/type`)}`);
  if (kind === 'modal') {
    checkText(checks, view.title, `${root}/title`, { most: 24, kinds: plainOnly, required: true });
    checkText(checks, view.submit, `${root}/submit`, { most: 24, kinds: plainOnly });
    checkText(checks, view.close, `${root}/close`, { most: 24, kinds: plainOnly });
  }
  checkString(checks, view.private_metadata, `${root}/private_metadata`, { most: 3000 });
  checkString(checks, view.callback_id, `${root}/callback_id`, { most: 255 });
  checkString(checks, view.external_id, `${root}/external_id`, { most: 255 });
  const blocks = Array.isArray(view.blocks) ? view.blocks : [];
  if (!Array.isArray(view.blocks)) checks.errors.push(`missing required field: blocks ${at(root)}`);
  const fileOf = (id: string) => (world.files.get(id)?.teamId === team.id ? world.files.get(id) : undefined);
  checks.errors.push(...checkBlocks(blocks, kind, fileOf, `${root}/blocks`).errors);
  const hasInput = blocks.some((block) => isObject(block) && block.type === 'input');
  if (kind === 'modal' && hasInput && view.submit === undefined) {
    checks.errors.push(`missing required field: submit; needed when there is an input block ${at(root)}`);
  }
  if (checks.errors.length > 0) throw refuseWith('invalid_arguments', checks.errors);
  const twin = world.views.find((open) => open.teamId === team.id && open.view.external_id === view.external_id);
  if (typeof view.external_id === 'string' && view.external_id !== '' && twin && twin.view.id !== replaces) {
    throw new ApiRefusal('duplicate_external_id');
  }
  const ids = { id: world.newId('V'), hash: `${world.newTs()}.${world.newId('h')}` };
  const owner = { team_id: team.id, app_id: world.appId, app_installed_team_id: team.id, bot_id: team.botId };
  const texts = { private_metadata: String(view.private_metadata ?? ''), callback_id: String(view.callback_id ?? '') };
  const flags = { clear_on_close: false, notify_on_close: false, close: null, submit: null, external_id: '' };
  return { ...flags, ...view, ...texts, ...ids, ...owner, state: { values: {} }, blocks: storedBlocks(world, blocks) };
}

export function stackOf(world: World, userId: string): OpenView[] {
  return world.views.filter((open) => open.kind === 'modal' && open.userId === userId);
}

export function closeAll(world: World, userId: string): void {
  for (const open of stackOf(world, userId)) world.views.splice(world.views.indexOf(open), 1);
}

export function put(world: World, open: OpenView): View {
  const below = stackOf(world, open.userId).map(({ view }) => view.id);
  open.view.previous_view_id = open.kind === 'home' ? null : (below.at(-1) ?? null);
  open.view.root_view_id = below[0] ?? open.view.id;
  world.views.push(open);
  world.changes.emit('change');
  return open.view;
}

/** A trigger is good for three seconds, once. docs.slack.dev/interactivity/handling-user-interaction */
function exchange({ world, team, args }: Call): { userId: string } {
  const [id = ''] = requiredOf(args, 'trigger_id');
  const trigger = world.triggers.get(id);
  if (!trigger || trigger.teamId !== team.id) throw new ApiRefusal('invalid_trigger_id');
  if (trigger.exchanged) throw new ApiRefusal('exchanged_trigger_id');
  if (trigger.expiresAt <= world.now()) throw new ApiRefusal('expired_trigger_id');
  trigger.exchanged = true;
  return trigger;
}
