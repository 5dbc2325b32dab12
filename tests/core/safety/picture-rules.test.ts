import { describe, expect, it } from 'vitest';
import { actionsIn, allowsExplicit } from '#core/safety/picture-rules.ts';
import { operatorSettings, resolveSettings } from '#core/workspaces/resolve-settings.ts';

describe('what is done with pictures in a channel', () => {
  it.each([
    ['ordinary channels hide and block', {}, false, { suggestive: 'spoiler', explicit: 'block' }],
    ['as do those of apps without age restriction', {}, undefined, { suggestive: 'spoiler', explicit: 'block' }],
    ['age-restricted ones show and hide', {}, true, { suggestive: 'show', explicit: 'spoiler' }],
    ['what was set wins', { suggestive: 'blur' }, true, { suggestive: 'blur', explicit: 'spoiler' }],
    ['explicit is shown where that was set', { explicit: 'show' }, true, { suggestive: 'show', explicit: 'show' }],
    ['also where an app has no such channels', { explicit: 'show' }, undefined, { explicit: 'show' }],
    ['but not in a channel that is not for adults any more', { explicit: 'show' }, false, { explicit: 'block' }],
  ] as const)('%s', (_, rules, ageRestricted, actions) =>
    expect(actionsIn(rules, ageRestricted)).toMatchObject(actions),
  );

  it('a channel comes before its workspace, rating by rating', () => {
    const resolved = resolveSettings({
      operator: operatorSettings,
      workspace: { pictures: { suggestive: 'blur', explicit: 'spoiler' } },
      channel: { pictures: { explicit: 'blur' } },
      person: {},
    });
    expect(resolved.pictures).toEqual({ suggestive: 'blur', explicit: 'blur' });
  });

  it('explicit pictures may be openly shown wherever the app does not say that minors read', () => {
    expect([true, false, undefined].map((restricted) => allowsExplicit(restricted, 'show'))).toEqual([
      true,
      false,
      true,
    ]);
    expect(allowsExplicit(false, 'spoiler')).toBe(true);
  });
});
