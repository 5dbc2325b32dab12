import { expect, test } from 'vitest';
import type { ApiRequest } from '#bots/discord/api.ts';
import { placeCall } from '#bots/discord/place-call.ts';
import { createPlaces } from '#bots/discord/places.ts';
import { standingIn } from '#bots/discord/standing.ts';
import { DeliveryError } from '#core/ports/delivery.ts';
import { createBotDeps } from '#tests/bots/bot-deps.ts';

const guild = { name: 'Atelier', owner_id: '1', premium_tier: 2, roles: [{ id: '300', permissions: '0' }] };

/** An API that answers from a list, and a clock that a test moves. */
function open(answers: unknown[]) {
  const asked: string[] = [];
  const clock = { nowMs: 1 };
  const api = {
    async call<T>(request: ApiRequest): Promise<T> {
      asked.push(request.path);
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return answer as T;
    },
  };
  const { deps, logs } = createBotDeps();
  const places = createPlaces({ api, log: deps.log }, { now: () => clock.nowMs });
  return { places, asked, clock, logs };
}

const down = new DeliveryError('server', 'Discord answered 500', { retryable: true });

test('roles are asked for again after a minute, and many who ask at once ask once', async () => {
  const { places, asked, clock } = open([guild, { ...guild, owner_id: '2' }]);
  const together = await Promise.all([places.guild('300'), places.guild('300'), places.guild('300', { aged: true })]);
  expect(together.map((facts) => facts?.ownerId)).toEqual(['1', '1', '1']);
  clock.nowMs += 59_000;
  expect(await places.guild('300')).toMatchObject({ ownerId: '1', fileBytesMax: 50 * 1024 * 1024 });
  expect(asked).toHaveLength(1);
  clock.nowMs += 2_000;
  expect(await places.guild('300')).toMatchObject({ ownerId: '2' });
  expect(asked).toEqual(['/guilds/300', '/guilds/300']);
});

test('a name stays known while it cannot be asked for again, a standing does not', async () => {
  const { places, clock, logs } = open([guild, down, down]);
  const place = { id: '300', roles: [] };
  expect(await standingIn(places, place, '1')).toBe('owner');
  clock.nowMs += 120_000;
  expect(await places.guild('300', { aged: true })).toMatchObject({ name: 'Atelier' });
  expect(await standingIn(places, place, '1')).toBe('member');
  expect(await places.guild('300', { aged: true })).toMatchObject({ name: 'Atelier' });
  expect(logs.filter(({ level }) => level === 'warn').length).toBeGreaterThan(0);
});

test('the channel of direct messages is opened once', async () => {
  const opened = { id: '500', recipients: [{ username: 'mei', global_name: 'Mei' }] };
  const { places, asked } = open([opened]);
  expect([await places.direct('7'), await places.direct('7')]).toEqual(Array(2).fill({ id: '500', name: 'Mei' }));
  expect(asked).toEqual(['/users/@me/channels']);
});

test('a channel of direct messages that could not be opened is tried again', async () => {
  const { places } = open([down, { id: '500' }]);
  await expect(places.direct('7')).rejects.toBe(down);
  expect(await places.direct('7')).toEqual({ id: '500', name: '7' });
});

test('a channel tells whether it is kept to adults; a thread has what its channel has', async () => {
  const { places } = open([
    { type: 0, name: 'red', nsfw: true },
    { type: 0, name: 'open' },
  ]);
  expect([await places.channel('1'), await places.channel('2')]).toEqual([
    { name: 'red', ageRestricted: true },
    { name: 'open', ageRestricted: false },
  ]);
  const thread = { channel: { id: '9', name: 'talk', parentId: '1' }, canPost: true, guild: { id: '300', roles: [] } };
  const asked = open([guild, { type: 0, name: 'red', nsfw: true }]);
  const placed = await placeCall(asked.places, {
    ...{ deliveryKey: 'k', person: { id: '7', name: 'mei' }, place: thread, text: '/help', files: [] },
  });
  expect(placed.channel).toMatchObject({ platformId: '1', limits: { ageRestricted: true } });
});
