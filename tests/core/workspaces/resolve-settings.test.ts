import { describe, expect, it } from 'vitest';
import { resolveSettings } from '#core/workspaces/resolve-settings.ts';

const operator = {
  timeZone: 'UTC',
  ratio: { width: 1, height: 1 },
  credits: { owner: 1000, admin: 1000, member: 200, guest: 30 },
  weights: { owner: 2, admin: 2, member: 2, guest: 1 },
  failover: true,
  draft: { images: 10, credits: 50 },
  creditsMax: 5000,
};
const none = { workspace: {}, channel: {}, person: {} };

describe('resolveSettings', () => {
  it("takes the operator's where nobody set anything", () => {
    expect(resolveSettings({ operator, ...none })).toEqual({
      blockedWords: [],
      pictures: {},
      suspended: false,
      caps: { creditsDay: null, moneyMonth: null },
      language: undefined,
      timeZone: 'UTC',
      model: undefined,
      style: undefined,
      private: false,
      rules: [],
      ratio: { width: 1, height: 1 },
      credits: operator.credits,
      weights: operator.weights,
      inFlight: { person: null, workspace: null },
      failover: true,
      draft: { images: 10, credits: 50 },
    });
  });

  it('takes the innermost choice', () => {
    const resolved = resolveSettings({
      operator,
      workspace: { language: 'en', timeZone: 'Asia/Taipei', model: 'one', ratio: { width: 3, height: 2 } },
      channel: { language: 'zh-TW', timeZone: null, model: 'two' },
      person: { language: null, model: 'three' },
    });
    expect(resolved).toMatchObject({
      language: 'zh-TW',
      timeZone: 'Asia/Taipei',
      model: 'three',
      ratio: { width: 3, height: 2 },
    });
  });

  it.each([
    [{}, {}, false],
    [{ private: true }, {}, true],
    [{ private: true }, { private: false }, false],
    [{ private: false }, { private: true }, true],
    [{ private: true }, { private: null }, true],
  ])('of a workspace %j and a channel %j makes private %j', (workspace, channel, isPrivate) => {
    expect(resolveSettings({ operator, ...none, workspace, channel }).private).toBe(isPrivate);
  });

  it.each([
    ['a workspace may give more than the default', { workspace: { credits: { member: 800 } } }, 800],
    ['a workspace may give less than the default', { workspace: { credits: { member: 5 } } }, 5],
    ['a workspace may give nothing', { workspace: { credits: { member: 0 } } }, 0],
    ['nobody gives more than the operator allows', { workspace: { credits: { member: 9999 } } }, 5000],
    [
      'a channel lowers its workspace',
      { workspace: { credits: { member: 800 } }, channel: { credits: { member: 10 } } },
      10,
    ],
    [
      'a channel never raises its workspace',
      { workspace: { credits: { member: 8 } }, channel: { credits: { member: 900 } } },
      8,
    ],
    ['a channel never raises the default', { channel: { credits: { member: 900 } } }, 200],
    [
      'a person has the strictest of all',
      { channel: { credits: { member: 50 } }, person: { credits: { member: 3 } } },
      3,
    ],
    ['another role changes nothing', { workspace: { credits: { guest: 1 } } }, 200],
  ])('limits: %s', (_, layers, member) => {
    expect(resolveSettings({ operator, ...none, ...layers }).credits.member).toBe(member);
  });
});
