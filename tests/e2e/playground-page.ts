import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { expect } from 'vitest';

export const desktop = { width: 1280, height: 800 };
export const phone = { width: 390, height: 844 };

/** A page that a person has open, and everything that went wrong on it. */
export interface OpenPage extends AsyncDisposable {
  page: Page;
  problems: string[];
}

/** Opens the playground as one of its people and waits until it can be typed into. */
export async function openPlayground(browser: Browser, url: string, user: string, size = desktop): Promise<OpenPage> {
  const context = await browser.newContext({ viewport: size, hasTouch: size === phone });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const problems = watchProblems(page);
  await page.goto(`${url}/playground?user=${user}`);
  await composer(page).waitFor();
  return { page, problems, [Symbol.asyncDispose]: () => context.close() };
}

/** Errors, dialogs and refusals by the content security policy (Chromium reports those as console errors). */
function watchProblems(page: Page): string[] {
  const problems: string[] = [];
  page.on('console', (message) => {
    const isProblem = message.type() === 'error' || message.type() === 'warning';
    // Refused requests are told of below, with their address.
    if (isProblem && !message.text().startsWith('Failed to load resource')) problems.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    problems.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('response', (response) => {
    // A preview is deleted once its picture is there, at times before the page has fetched it.
    const isPreviewGone = response.status() === 404 && response.url().includes('/partial-');
    if (response.status() >= 400 && !isPreviewGone) problems.push(`${response.status()}: ${response.url()}`);
  });
  return problems;
}

export const composer = (page: Page): Locator => page.locator('#composer-text');

/** Writes a line and sends it. */
export async function say(page: Page, text: string): Promise<Locator> {
  await composer(page).fill(text);
  return send(page);
}

/** Sends what is in the composer, and gives the messages of Easel that come after it. */
export async function send(page: Page): Promise<Locator> {
  const own = page.locator('.message-own');
  const index = await own.count();
  await composer(page).press('Enter');
  await own.nth(index).waitFor();
  // Until then what was typed keeps its lines, and all above moves when they go.
  await expect.poll(() => composer(page).inputValue()).toBe('');
  return own.nth(index).locator('xpath=following-sibling::li[@data-author="easel"]');
}

/** Presses a button once it rests: one that moves away under the pointer is missed, as by a person. */
export async function press(button: Locator): Promise<void> {
  await button.scrollIntoViewIfNeeded();
  let lastBox = '';
  const rests = async () => {
    const box = JSON.stringify(await button.boundingBox());
    const isSame = box === lastBox;
    lastBox = box;
    return isSame;
  };
  await expect.poll(rests, { interval: 300 }).toBe(true);
  await button.click();
}

/** The cards with a progress bar that are finished; with `total` pictures. */
export function finishedCards(messages: Locator, total: number): Locator {
  const bar = `[role=progressbar][aria-valuemax="${total}"][aria-valuenow="${total}"]`;
  return messages.filter({ has: messages.page().locator(bar) });
}

/** The messages that show pictures and are no status card. */
export function galleries(messages: Locator): Locator {
  const page = messages.page();
  return messages.filter({ has: page.locator('.tile') }).filter({ hasNot: page.locator('[role=progressbar]') });
}

/** The natural width of each picture, in pixels; 0 where it did not load. */
export async function loadedWidths(pictures: Locator): Promise<number[]> {
  return pictures.evaluateAll((images) =>
    Promise.all(
      images.map(async (image: { decode(): Promise<void>; naturalWidth: number }) => {
        await image.decode().catch(() => undefined);
        return image.naturalWidth;
      }),
    ),
  );
}

/** Saves what the page looks like on a desktop and on a phone, when `E2E_SCREENSHOTS` names a folder. */
export async function takeScreenshots(page: Page, name: string): Promise<void> {
  const folder = process.env.E2E_SCREENSHOTS;
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  const size = page.viewportSize() ?? desktop;
  for (const [kind, viewport] of Object.entries({ desktop, phone })) {
    await page.setViewportSize(viewport);
    await page.screenshot({ path: join(folder, `${name}-${kind}.png`), animations: 'disabled' });
  }
  await page.setViewportSize(size);
}

/** Every whole number in a text, in its order. */
export function numbersIn(text: string): number[] {
  return [...text.replaceAll(',', '').matchAll(/\d+/g)].map(([digits]) => Number(digits));
}
