import { describe, expect, it } from 'vitest';
import { type Membership, type RoleMapping, roleOf } from '#core/people/role-of.ts';

const map = (platformRole: string, role: RoleMapping['role']): RoleMapping => ({
  platformRole,
  name: platformRole,
  role,
});
const person = (changes: Partial<Membership> = {}): Membership => ({
  ...{ standing: 'member', assigned: null, platformRoles: [] },
  ...changes,
});
const mapped = [map('designers', 'member'), map('leads', 'admin'), map('visitors', 'guest')];

describe('the role of a person', () => {
  it.each([
    ['what the platform says, where nothing is set', person({ standing: 'admin' }), [], 'admin'],
    ['member, where the platform has said nothing yet', person({ standing: null }), [], 'member'],
    ['that of a mapped role', person({ platformRoles: ['leads'] }), mapped, 'admin'],
    ['the highest of several', person({ platformRoles: ['visitors', 'leads', 'designers'] }), mapped, 'admin'],
    ['not that of a role they do not have', person({ platformRoles: ['cooks'] }), mapped, 'member'],
    [
      'that of a mapped role also below the standing',
      person({ standing: 'admin', platformRoles: ['visitors'] }),
      mapped,
      'guest',
    ],
    ['that of everyone else without another', person(), [map('everyone', 'guest')], 'guest'],
    ['that of everyone else also for a guest', person({ standing: 'guest' }), [map('everyone', 'member')], 'member'],
    [
      'not that of everyone else with another',
      person({ platformRoles: ['leads'] }),
      [...mapped, map('everyone', 'guest')],
      'admin',
    ],
    [
      'not that of everyone else for an admin of the platform',
      person({ standing: 'admin' }),
      [map('everyone', 'guest')],
      'admin',
    ],
    ['that of the admins of the platform', person({ standing: 'admin' }), [map('admins', 'member')], 'member'],
    ['not that of the admins for a member', person(), [map('admins', 'admin')], 'member'],
    [
      'what was set by hand, above all of that',
      person({ assigned: 'guest', standing: 'admin', platformRoles: ['leads'] }),
      mapped,
      'guest',
    ],
    [
      'owner for the owner of the platform, whatever is set',
      person({ standing: 'owner', assigned: 'guest', platformRoles: ['visitors'] }),
      mapped,
      'owner',
    ],
  ] as const)('is %s', (_, who, mappings, role) => {
    expect(roleOf(who, mappings).role).toBe(role);
  });
});
