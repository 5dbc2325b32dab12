import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Role, roles } from '#core/ports/chat.ts';
import { allowsModel, findRefusal, type PlacedRule, type Wanted } from '#core/workspaces/policy.ts';

const known = ['sketch', 'fine', 'dear'];
const model = (id: string, enlarges = false) => ({ id, enlarges });
const wanted = (changes: Partial<Wanted> = {}): Wanted => ({
  ...{ models: [model('sketch')], images: 1, private: false, ownStyle: false },
  ...changes,
});
const rule = (changes: Partial<PlacedRule>): PlacedRule => ({ scope: 'workspace', role: 'member', ...changes });
const refusal = (rules: PlacedRule[], role: Role, asked: Wanted) => {
  const found = findRefusal(rules, role, asked, known);
  return found && { code: found.code, ...found.values };
};

describe('a request', () => {
  it.each([
    ['without rules', [], 'guest', wanted({ images: 500, private: true, ownStyle: true })],
    [
      'of a role above the rule',
      [rule({ imagesMax: 1, private: false })],
      'admin',
      wanted({ images: 9, private: true }),
    ],
    ['as many as there may be', [rule({ imagesMax: 4 })], 'member', wanted({ images: 4 })],
    ['with a model of the list', [rule({ models: ['sketch'] })], 'member', wanted()],
    [
      'that enlarges, whatever models are listed',
      [rule({ models: ['fine'] })],
      'member',
      wanted({ models: [model('lanczos', true)] }),
    ],
    ['with a style of the place', [rule({ style: false })], 'member', wanted()],
  ] as const)('%s is allowed', (_, rules, role, asked) => {
    expect(refusal([...rules], role, asked)).toBeUndefined();
  });

  it.each([
    [
      'a model that is off',
      [rule({ notModels: ['sketch'] })],
      'member',
      wanted(),
      { code: 'policy.model', models: ['fine', 'dear'] },
    ],
    [
      'a model that is not listed',
      [rule({ models: ['dear'] })],
      'guest',
      wanted(),
      { code: 'policy.model', models: ['dear'] },
    ],
    [
      'a model of one list and not of the other',
      [rule({ models: ['sketch', 'fine'] }), rule({ scope: 'channel', models: ['fine', 'dear'] })],
      'member',
      wanted(),
      { code: 'policy.model', scope: 'channel', models: ['fine'] },
    ],
    [
      'one of several models',
      [rule({ notModels: ['fine'] })],
      'member',
      wanted({ models: [model('sketch'), model('fine')] }),
      { code: 'policy.model', model: 'fine' },
    ],
    [
      'any model where the lists have none in common',
      [rule({ models: ['sketch'] }), rule({ models: ['fine'], role: 'guest' })],
      'guest',
      wanted(),
      { code: 'policy.noModel', who: 'guest' },
    ],
    [
      'a model that only enlarges and is off',
      [rule({ notModels: ['lanczos'] })],
      'member',
      wanted({ models: [model('lanczos', true)] }),
      { code: 'policy.model', model: 'lanczos' },
    ],
    [
      'more than the least limit',
      [rule({ imagesMax: 10 }), rule({ scope: 'channel', role: 'owner', imagesMax: 4 })],
      'member',
      wanted({ images: 5 }),
      { code: 'policy.images', max: 4, count: 5, scope: 'channel', who: 'owner' },
    ],
    [
      'pictures where there may be none',
      [rule({ role: 'guest', imagesMax: 0 })],
      'guest',
      wanted(),
      { code: 'policy.noImages', who: 'guest' },
    ],
    ['private results', [rule({ private: false })], 'member', wanted({ private: true }), { code: 'policy.private' }],
    ['a style of their own', [rule({ style: false })], 'member', wanted({ ownStyle: true }), { code: 'policy.style' }],
    [
      'what a rule for everyone forbids, also to an owner',
      [rule({ role: 'owner', private: false })],
      'owner',
      wanted({ private: true }),
      { code: 'policy.private', who: 'owner' },
    ],
  ] as const)('for %s is refused with the rule', (_, rules, role, asked, expected) => {
    expect(refusal([...rules], role, asked)).toMatchObject(expected);
  });
});

const aRule: fc.Arbitrary<PlacedRule> = fc.record(
  {
    scope: fc.constantFrom('workspace' as const, 'channel' as const),
    role: fc.constantFrom(...roles),
    models: fc.subarray(known),
    notModels: fc.subarray(known),
    imagesMax: fc.nat(12),
    style: fc.constant(false as const),
    private: fc.constant(false as const),
  },
  { requiredKeys: ['scope', 'role'] },
);
const aRequest: fc.Arbitrary<Wanted> = fc.record({
  models: fc.subarray(known, { minLength: 1 }).map((ids) => ids.map((id) => model(id))),
  images: fc.integer({ min: 1, max: 15 }),
  private: fc.boolean(),
  ownStyle: fc.boolean(),
});

describe('whatever the rules are', () => {
  it('another one never allows more', () => {
    fc.assert(
      fc.property(
        fc.array(aRule, { maxLength: 4 }),
        aRule,
        fc.constantFrom(...roles),
        aRequest,
        (rules, more, role, asked) => {
          if (findRefusal(rules, role, asked, known))
            expect(findRefusal([more, ...rules], role, asked, known)).toBeDefined();
        },
      ),
    );
  });

  it('a role with fewer rights never may more', () => {
    fc.assert(
      fc.property(fc.array(aRule, { maxLength: 4 }), fc.nat(2), aRequest, (rules, index, asked) => {
        const [above = 'owner', below = 'guest'] = roles.slice(index, index + 2);
        if (findRefusal(rules, above, asked, known)) expect(findRefusal(rules, below, asked, known)).toBeDefined();
      }),
    );
  });

  it('what a refusal says is allowed is allowed', () => {
    fc.assert(
      fc.property(fc.array(aRule, { maxLength: 4 }), fc.constantFrom(...roles), aRequest, (rules, role, asked) => {
        const said = refusal(rules, role, asked) as { code?: string; models?: string[]; max?: number } | undefined;
        for (const id of said?.models ?? []) expect(allowsModel(rules, role, model(id))).toBe(true);
        if (said?.code !== 'policy.images' || said.max === undefined) return;
        expect(refusal(rules, role, { ...asked, images: said.max })?.code).not.toBe('policy.images');
      }),
    );
  });
});
