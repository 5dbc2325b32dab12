import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { chromiumPath } from './chromium.ts';
import { pageFaults } from './page-faults.ts';
import {
  composer,
  galleries,
  loadedWidths,
  openPlayground,
  phone,
  say,
  send,
  takeScreenshots,
} from './playground-page.ts';
import { useBrowser } from './use-browser.ts';

describe.skipIf(!chromiumPath)('reading in the playground', { timeout: 90_000 }, () => {
  const suite = useBrowser();

  test('goes from a completed command to the viewer and back with the keyboard alone', async () => {
    await using ada = await openPlayground(suite.browser, suite.app.url, 'ada');
    const { page, problems } = ada;
    await page.keyboard.type('/im');
    await page.getByRole('option').first().waitFor();
    expect(await composer(page).getAttribute('aria-activedescendant')).toBe('choice-0');
    await takeScreenshots(page, 'completion');
    await page.keyboard.press('Enter');
    expect(await composer(page).inputValue()).toBe('/imagine ');
    await page.keyboard.type('a blue bird --n 2');
    await galleries(await send(page))
      .first()
      .waitFor();
    expect(await composer(page).inputValue()).toBe('');

    for (let step = 0; step < 30 && !(await isOnTile(page)); step++) await page.keyboard.press('Shift+Tab');
    const opener = await focusedAlt(page);
    await page.keyboard.press('Enter');
    const viewer = page.getByRole('dialog');
    await viewer.waitFor();
    expect(await viewer.locator('figcaption').innerText()).toBe(opener);
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => viewer.locator('figcaption').innerText()).not.toBe(opener);
    expect(await loadedWidths(viewer.locator('img'))).not.toContain(0);
    await takeScreenshots(page, 'viewer');
    await page.keyboard.press('Escape');
    await viewer.waitFor({ state: 'hidden' });
    expect(await focusedAlt(page)).toBe(opener);
    expect(problems).toEqual([]);
  });

  test('turns the pictures of a gallery with a swipe on a phone', async () => {
    await using ada = await openPlayground(suite.browser, suite.app.url, 'ada', phone);
    const { page, problems } = ada;
    await galleries(await say(page, '/imagine a yellow door --n 2'))
      .first()
      .locator('.tile')
      .first()
      .tap();
    const caption = page.getByRole('dialog').locator('figcaption');
    const first = await caption.innerText();
    await swipe(page, { from: 300, to: 80 });
    await expect.poll(() => caption.innerText()).not.toBe(first);
    await swipe(page, { from: 80, to: 300 });
    await expect.poll(() => caption.innerText()).toBe(first);
    expect(problems).toEqual([]);
  });

  test('leaves a person who reads older messages where they are, and tells them of newer ones', async () => {
    await using ada = await openPlayground(suite.browser, suite.app.url, 'ada');
    const { page } = ada;
    await galleries(await say(page, '/imagine a grey wall --n 4'))
      .first()
      .waitFor();
    const room = page.locator('#messages');
    await room.evaluate((element) => element.scrollTo(0, 0));
    await page.request.post(`${suite.app.url}/playground/api/messages`, {
      data: { text: '/imagine a tall tree --n 1', user: 'cy' },
    });
    const pill = page.getByRole('button', { name: 'New messages' });
    await pill.waitFor();
    expect(await room.evaluate((element) => element.scrollTop)).toBe(0);
    await pill.click();
    await pill.waitFor({ state: 'detached' });
    expect(await room.evaluate((element) => element.scrollTop)).toBeGreaterThan(0);
  });

  test('reads new answers aloud', async () => {
    await using ada = await openPlayground(suite.browser, suite.app.url, 'ada');
    const { page } = ada;
    const title = await (await say(page, '/quota')).first().locator('.card-title').innerText();
    await expect.poll(() => page.locator('[aria-live=polite]#announcement').innerText()).toContain(title);
  });

  test('changes language, theme and person in place, and keeps what was typed', async () => {
    await using ada = await openPlayground(suite.browser, suite.app.url, 'ada', phone);
    const { page, problems } = ada;
    await composer(page).fill('not sent yet');
    await page.getByRole('button', { name: 'Theme: as the system' }).click();
    await page.getByRole('button', { name: 'Theme: light' }).click();
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark');
    await page.locator('.person', { has: page.locator('[value=bo]') }).click();
    await page.locator('html[lang=zh-TW]').waitFor();
    expect(await composer(page).inputValue()).toBe('not sent yet');
    await page.reload();
    await composer(page).waitFor();
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark');
    expect(problems).toEqual([]);
  });

  test('names every picture, button and field, has one main heading, and fits a narrow phone', async () => {
    await using ada = await openPlayground(suite.browser, suite.app.url, 'ada', { width: 360, height: 740 });
    const { page } = ada;
    await galleries(await say(page, '/imagine a green hill --n 3'))
      .first()
      .waitFor();
    expect(await pageFaults(page)).toEqual([]);
    await page.locator('.tile').last().click();
    await page.getByRole('dialog').waitFor();
    expect(await pageFaults(page)).toEqual([]);
  });
});

const isOnTile = (page: Page) => page.evaluate<boolean>(`document.activeElement.classList.contains('tile')`);
const focusedAlt = (page: Page) => page.evaluate<string>(`document.activeElement.querySelector('img')?.alt ?? ''`);

/** One finger moved sideways over the picture, in pixels from the left. */
async function swipe(page: Page, { from, to }: { from: number; to: number }): Promise<void> {
  const stage = page.locator('.viewer-stage');
  const finger = { pointerType: 'touch', isPrimary: true, clientY: 400, bubbles: true };
  await stage.dispatchEvent('pointerdown', { ...finger, clientX: from });
  await stage.dispatchEvent('pointerup', { ...finger, clientX: to });
}
