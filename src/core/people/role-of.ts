import { type Role, roles } from '#core/ports/chat.ts';

/** Platform roles that every platform has: all whom nothing else is mapped for, and whoever the platform makes an administrator. */
export const everyone = 'everyone';
export const admins = 'admins';

export interface RoleMapping {
  /** The platform's id, `everyone` or `admins`. */
  platformRole: string;
  /** As it was called when it was mapped. */
  name: string;
  role: Exclude<Role, 'owner'>;
}

/** What is known of a person in a workspace. */
export interface Membership {
  /** As the platform says; null where it has not said anything yet. */
  standing: Role | null;
  /** Set by hand. */
  assigned: Role | null;
  platformRoles: readonly string[];
}

/** A role, and what it comes from. */
export interface FoundRole {
  role: Role;
  by: 'standing' | 'assigned' | 'mapping';
  /** What is mapped, where that decides. */
  mapping?: RoleMapping;
}

/**
 * The role of a person. The platform's owner is one whatever is set. Then a role that was set by hand, then the highest that
 * a platform role of theirs is mapped to, then what is mapped for everyone else (whom the platform makes an administrator is
 * not meant by that), then the platform's own standing.
 */
export function roleOf({ standing, assigned, platformRoles }: Membership, mappings: readonly RoleMapping[]): FoundRole {
  const own = standing ?? 'member';
  if (own === 'owner') return { role: own, by: 'standing' };
  if (assigned !== null) return { role: assigned, by: 'assigned' };
  const [mapped] = mappings
    .filter(({ platformRole }) => platformRoles.includes(platformRole) || (platformRole === admins && own === 'admin'))
    .toSorted((one, other) => roles.indexOf(one.role) - roles.indexOf(other.role));
  const mapping = mapped ?? (own === 'admin' ? undefined : mappings.find((one) => one.platformRole === everyone));
  return mapping ? { role: mapping.role, by: 'mapping', mapping } : { role: own, by: 'standing' };
}
