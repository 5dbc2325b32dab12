import type { Browser } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { startTestApp } from '#tests/start-test-app.ts';
import { launchChromium } from './chromium.ts';

/** An Easel and a browser for a suite, there once its tests run. */
export function useBrowser() {
  const opened = {} as { app: Awaited<ReturnType<typeof startTestApp>>; browser: Browser };
  beforeAll(async () => {
    [opened.app, opened.browser] = await Promise.all([startTestApp(), launchChromium()]);
  }, 60_000);
  afterAll(async () => {
    await opened.browser?.close();
    await opened.app?.stop();
  });
  return opened;
}
