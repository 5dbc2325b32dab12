import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp } from '#tests/start-test-app.ts';
import { chromiumPath, launchChromium } from './chromium.ts';
import {
  answersTo,
  composer,
  finishedCards,
  galleries,
  loadedWidths,
  numbersIn,
  openPlayground,
  say,
  takeScreenshots,
} from './playground-page.ts';
import { englishLeftovers } from './untranslated.ts';

describe.skipIf(!chromiumPath)('the playground in a browser', { timeout: 90_000 }, () => {
  let app: Awaited<ReturnType<typeof startTestApp>>;
  let browser: Browser;

  beforeAll(async () => {
    [app, browser] = await Promise.all([startTestApp(), launchChromium()]);
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await app?.stop();
  });

  test('carries the fox batch from the composer to a gallery, and /status and /quota agree with it', async () => {
    await using ada = await openPlayground(browser, app.url, 'ada');
    const { page, problems } = ada;
    await takeScreenshots(page, 'empty');
    await say(page, '/quota');
    const quotaBefore = await answersTo(page, '/quota').locator('.card-title').innerText();

    await composer(page).fill('/imagine a red fox in snow --n 6');
    const enteredAt = performance.now();
    await composer(page).press('Enter');
    const answers = answersTo(page, 'a red fox in snow');
    const card = answers.filter({ has: page.getByRole('progressbar') }).first();
    await card.waitFor();
    console.info(`e2e: status card ${Math.round(performance.now() - enteredAt)} ms after Enter`);
    const batch = await card.locator('[data-action^="cancel "]').getAttribute('data-action');
    await takeScreenshots(page, 'running');

    await finishedCards(answers, 6).first().waitFor();
    expect(await card.locator('.progress-count').innerText()).toBe('6/6');
    const sheet = card.locator('.tile img');
    expect(await sheet.count()).toBe(1);
    expect(await loadedWidths(sheet)).not.toContain(0);

    await galleries(answers).first().waitFor();
    const pictures = galleries(answers).locator('.tile img');
    expect(await pictures.count()).toBe(6);
    expect(await loadedWidths(pictures)).not.toContain(0);
    const alts = await pictures.evaluateAll((images) => images.map((image) => image.getAttribute('alt') ?? ''));
    expect(alts.filter((alt) => alt.includes('a red fox in snow'))).toHaveLength(6);
    await takeScreenshots(page, 'gallery');

    const id = batch?.replace('cancel ', '') ?? '';
    await say(page, `/status ${id}`);
    const status = answersTo(page, `/status ${id}`).first();
    await status.waitFor();
    expect(await status.locator('.progress-count').innerText()).toBe('6/6');
    expect(await status.innerText()).toContain(id);

    await say(page, '/quota');
    const quotaAfter = await answersTo(page, '/quota').locator('.card-title').innerText();
    const [leftBefore = 0] = numbersIn(quotaBefore);
    expect(numbersIn(quotaAfter)[0]).toBe(leftBefore - 6);
    expect(problems).toEqual([]);
  });

  test('stops a big batch by its button and charges only the pictures that were made', async () => {
    await using cy = await openPlayground(browser, app.url, 'cy');
    const { page, problems } = cy;
    await say(page, '/imagine a slow river --n 30');
    const answers = answersTo(page, 'a slow river');
    const cancel = answers.locator('[data-action^="cancel "]');
    await cancel.click();
    const card = finishedCards(answers, 30).first();
    await card.waitFor();
    expect(await cancel.count()).toBe(0);
    await expect.poll(() => answers.locator('.badge').count()).toBeGreaterThan(0);

    const made = await galleriesOf(page);
    expect(made).toBeLessThan(30);
    await say(page, '/quota');
    const title = await answersTo(page, '/quota').locator('.card-title').innerText();
    const [left = 0, limit = 0] = numbersIn(title);
    expect(limit - left).toBe(made);
    await takeScreenshots(page, 'cancelled');
    expect(problems).toEqual([]);

    /** The pictures that the card counts as paid for: what was in flight at the press still succeeds or is dropped. */
    async function galleriesOf(shown: typeof page): Promise<number> {
      const pictures = galleries(answersTo(shown, 'a slow river')).locator('.tile');
      const madeByTitle = numbersIn(await card.locator('.card-title').innerText())[0] ?? 0;
      await expect.poll(() => pictures.count()).toBe(madeByTitle);
      return madeByTitle;
    }
  });

  test('speaks Traditional Chinese to bo in every place, from the page to the gallery', async () => {
    await using bo = await openPlayground(browser, app.url, 'bo');
    const { page, problems } = bo;
    expect(await page.locator('html').getAttribute('lang')).toBe('zh-TW');
    await say(page, '/imagine 雪地裡的紅狐狸 --n 2');
    const answers = answersTo(page, '雪地裡的紅狐狸');
    await finishedCards(answers, 2).first().waitFor();
    await galleries(answers).first().waitFor();
    await say(page, '/help');
    await answersTo(page, '/help').first().waitFor();
    await say(page, '/imagine 狐狸 --n 9999');
    const refusal = answersTo(page, '--n 9999').first();
    await refusal.waitFor();

    for (const text of await answers.allInnerTexts()) expect(text).toMatch(/\p{Script=Han}/u);
    expect(await refusal.innerText()).toMatch(/\p{Script=Han}/u);
    expect(await englishLeftovers(page, app.url)).toEqual([]);
    await takeScreenshots(page, 'zh-tw');
    expect(problems).toEqual([]);
  });

  test('shows the answer that is for ada alone to nobody else', async () => {
    await using ada = await openPlayground(browser, app.url, 'ada');
    await using bo = await openPlayground(browser, app.url, 'bo');
    await say(ada.page, '/quota');
    const answer = answersTo(ada.page, '/quota').first();
    await answer.locator('.badge').waitFor();
    const id = (await answer.getAttribute('data-message')) ?? '';
    // Bo's own answer comes later than ada's would have.
    await say(bo.page, '/quota');
    await answersTo(bo.page, '/quota').first().waitFor();
    expect(id).not.toBe('');
    expect(await ada.page.locator(`[data-message="${id}"]`).count()).toBe(1);
    expect(await bo.page.locator(`[data-message="${id}"]`).count()).toBe(0);
    const listed = await bo.page.request.get(`${app.url}/playground/api/messages?user=bo`);
    expect(await listed.text()).not.toContain(id);
    expect([...ada.problems, ...bo.problems]).toEqual([]);
  });
});
