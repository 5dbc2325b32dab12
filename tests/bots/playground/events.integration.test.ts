import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LiveEvent, openEvents } from '#tests/bots/playground/open-events.ts';
import { createFakeProvider } from '#tests/fakes/provider.ts';
import { playgroundClient } from '#tests/playground-client.ts';
import { startTestApp, type TestApp } from '#tests/start-test-app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({}, { providers: [createFakeProvider()] });
});
afterAll(async () => app.stop());

const hasTitle = (title: string) => (event: LiveEvent) => event.event === 'message' && event.data.title === title;

test('brings a change in the room to everyone, each in their language', async () => {
  const [ada, bo] = await Promise.all(['ada', 'bo'].map((user) => openEvents(app.url, user)));
  await playgroundClient(app.url, 'ada').say('/imagine a red fox --n 2');
  const english = await ada?.until(hasTitle('2 pictures ready'));
  const chinese = await bo?.until(hasTitle('2 張圖片完成了'));
  expect(chinese?.data.id).toBe(english?.data.id);
  expect(chinese?.data.edits).toBeGreaterThan(0);
  const shown = (await playgroundClient(app.url, 'bo').messages()).find(({ id }) => id === chinese?.data.id);
  const [own] = (shown?.text ?? '').split('\n');
  expect(own).toBe('2 張圖片完成了');
  ada?.close();
  bo?.close();
});

test('brings what is private to its person alone', async () => {
  const [ada, bo] = await Promise.all(['ada', 'bo'].map((user) => openEvents(app.url, user)));
  await playgroundClient(app.url, 'ada').say('/quota');
  const secret = await ada?.until(({ event, data }) => event === 'message' && data.private && data.author === 'easel');
  // What comes after it has reached bo, so it would have too.
  await playgroundClient(app.url, 'ada').say('/imagine a fence');
  await bo?.until(({ event, data }) => event === 'message' && data.text.includes('a fence'));
  expect(secret?.data.title).toMatch(/^Credits left: /);
  expect(bo?.heard.filter(({ event, data }) => event === 'message' && data.id === secret?.data.id)).toEqual([]);
  expect(bo?.heard.filter(({ event, data }) => event === 'message' && data.text === '/quota')).toEqual([]);
  ada?.close();
  bo?.close();
});

test('is a stream that no proxy keeps or holds back', async () => {
  const { headers, close } = await openEvents(app.url, 'cy');
  expect(headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('x-accel-buffering')).toBe('no');
  close();
});

test('says ready to one who comes back, so that nothing missed stays missed', async () => {
  const first = await openEvents(app.url, 'bo');
  first.close();
  const bo = playgroundClient(app.url, 'bo');
  const missed = await bo.say('/quota');
  const second = await openEvents(app.url, 'bo');
  expect(second.heard[0]?.event).toBe('ready');
  expect((await bo.messages()).map(({ id }) => id)).toContain(missed);
  second.close();
});

test('says ready when the database connection that brings changes was lost, and goes on', async () => {
  const events = await openEvents(app.url, 'ada');
  const cut = events.heard.length;
  const killed = await app.sql`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and query ilike 'listen %'`;
  expect(killed.length).toBeGreaterThan(0);
  await events.until(({ event }) => event === 'ready', cut);
  await playgroundClient(app.url, 'ada').say('/help');
  await events.until(({ event, data }) => event === 'message' && data.title === 'What you can type', cut);
  events.close();
});
