import { expect } from 'vitest';
import type { AppOptions } from '#src/app.ts';
import { createI18n, type Key } from '#src/i18n.ts';
import { type Chat, type Chatter, type Room, type Shown, startChat, type Way } from '#tests/app/chats.ts';
import { createFakeProvider } from '#tests/fakes/provider.ts';
import { findFreePort } from '#tests/find-free-port.ts';
import { startTestApp, type TestApp } from '#tests/start-test-app.ts';

const i18n = createI18n();
const platforms = ['discord', 'slack', 'telegram'] as const;
/** Where a platform lets little through, what is owed takes its time. */
export const patiently = { timeout: 150_000, interval: 100 };

export interface Service extends AsyncDisposable {
  app: TestApp;
  chats: Chat[];
}

/** One Easel with these platforms, each over its local server. */
export async function startService(
  way: Way,
  ids: readonly Chat['id'][] = platforms,
  env: Record<string, string> = {},
  overrides: NonNullable<AppOptions['overrides']> = {},
): Promise<Service> {
  const chats = await Promise.all(ids.map((id) => startChat[id](way)));
  const port = await findFreePort();
  const appUrl = `http://127.0.0.1:${port}`;
  const app = await startTestApp(
    { PORT: String(port), ...Object.assign({}, ...chats.map((chat) => chat.env(appUrl))), ...env },
    { providers: [createFakeProvider({ concurrency: 8 })], ...overrides },
  );
  await Promise.all(chats.map((chat) => chat.connected(appUrl)));
  return {
    app,
    chats,
    async [Symbol.asyncDispose]() {
      await app.stop();
      await Promise.all(chats.map((chat) => chat.stop()));
    },
  };
}

export const say = (person: Chatter, key: Key, values: Record<string, number | string> = {}) =>
  i18n.say({ key, values }, { locale: person.locale, timeZone: 'UTC' });

export const picturesOf = (shown: Shown[]) => shown.filter(({ images, text }) => images.length > 0 && !isCard(text));
export const isCard = (text: string) => /[▰█■●━▓]|\d+\s*\/\s*\d+/.test(text) && /\b[0-9a-hjkmnp-tv-z]{6}\b/.test(text);

/** Waits for a message that fits, of which the last counts. */
export async function find(chat: Chat, person: Chatter, room: Room, fits: (shown: Shown) => boolean): Promise<Shown> {
  const look = () => person.seen(room).findLast(fits);
  await expect.poll(look, { ...patiently, message: `${chat.id}: what is to be shown` }).toBeDefined();
  const found = look();
  if (!found) throw new Error('it is gone');
  return found;
}

/** Asks for pictures and waits for the card and for every one of them. */
export async function makeBatch(chat: Chat, person: Chatter, room: Room, count: number): Promise<Shown[]> {
  const before = new Set(person.seen(room).map(({ id }) => id));
  await person.type(room, `/imagine a red fox in <snow> & *wind* --n ${count} --draft off`);
  const fresh = () => person.seen(room).filter(({ id }) => !before.has(id));
  const ready = say(person, 'card.done', { count });
  await expect
    .poll(() => fresh().some(({ text }) => text.includes(ready)), {
      ...patiently,
      message: `${chat.id}: the finished card`,
    })
    .toBe(true);
  const sheet = chat.id !== 'discord' && count > 10 ? 1 : 0;
  await expect
    .poll(() => picturesOf(fresh()).reduce((sum, { images }) => sum + images.length, 0), {
      ...patiently,
      message: `${chat.id}: the gallery`,
    })
    .toBe(count + sheet);
  return fresh();
}
