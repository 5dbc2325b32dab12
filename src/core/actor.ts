import { UserError } from '#core/errors.ts';
import { type Role, roles } from '#core/ports/chat.ts';

/** Who does something: a person in a workspace. Jobs act on rows, and need no rights. */
export interface Actor {
  workspaceId: string;
  personId: string;
  /** Whom else the rows of theirs name as who asked: those who they were before accounts were linked, and `personId`. */
  personIds: readonly string[];
  accountId: string;
  role: Role;
}

/** Whether who is named in a row is the actor. */
export function isOwn({ personIds }: Pick<Actor, 'personIds'>, personId: string): boolean {
  return personIds.includes(personId);
}

/** @throws {UserError} `role.required` when the actor's role is below `least`. */
export function requireRole(actor: Actor, least: Role): void {
  if (!hasRole(actor, least)) throw new UserError('role.required', { role: least });
}

export function hasRole(actor: Actor, least: Role): boolean {
  return roles.indexOf(actor.role) <= roles.indexOf(least);
}
