import { UserError } from '#core/errors.ts';
import { type Role, roles } from '#core/ports/chat.ts';

/** Who does something: a person in a workspace. Jobs act on rows, and need no rights. */
export interface Actor {
  workspaceId: string;
  personId: string;
  accountId: string;
  role: Role;
}

/** @throws {UserError} `role.required` when the actor's role is below `least`. */
export function requireRole(actor: Actor, least: Role): void {
  if (!hasRole(actor, least)) throw new UserError('role.required', { role: least });
}

export function hasRole(actor: Actor, least: Role): boolean {
  return roles.indexOf(actor.role) <= roles.indexOf(least);
}
