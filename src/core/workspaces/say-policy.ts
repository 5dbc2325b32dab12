import type { Role } from '#core/ports/chat.ts';
import type { PlacedRule } from '#core/workspaces/policy.ts';
import type { Key } from '#src/i18n.ts';

/** Where a rule was made. */
export const scopeKeys = {
  workspace: 'policy.scope.workspace',
  channel: 'policy.scope.channel',
} as const satisfies Record<PlacedRule['scope'], Key>;

/** Whom a rule of a role holds for. */
export const whoKeys = {
  owner: 'policy.who.owner',
  admin: 'policy.who.admin',
  member: 'policy.who.member',
  guest: 'policy.who.guest',
} as const satisfies Record<Role, Key>;
