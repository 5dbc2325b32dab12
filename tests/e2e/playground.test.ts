import type { Locator } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { chromiumPath } from './chromium.ts';
import {
  composer,
  finishedCards,
  galleries,
  loadedWidths,
  numbersIn,
  openPlayground,
  press,
  say,
  send,
  takeScreenshots,
} from './playground-page.ts';
import { bareKeys, englishLeftovers } from './untranslated.ts';
import { useBrowser } from './use-browser.ts';

describe.skipIf(!chromiumPath)('the playground in a browser', { timeout: 90_000 }, () => {
  const suite = useBrowser();

  test('carries the fox batch from the composer to a gallery, and /status and /quota agree with it', async () => {
    await using ada = await openPlayground(suite.browser, suite.app.url, 'ada');
    const { page, problems } = ada;
    await takeScreenshots(page, 'empty');
    const quotaBefore = await (await say(page, '/quota')).locator('.card-title').innerText();

    await composer(page).fill('/imagine a red fox in snow --n 6');
    const enteredAt = performance.now();
    const answers = await send(page);
    const card = answers.filter({ has: page.getByRole('progressbar') }).first();
    await card.waitFor();
    console.info(`e2e: status card ${Math.round(performance.now() - enteredAt)} ms after Enter`);
    const batch = await card.locator('[data-action^="cancel "]').getAttribute('data-action');
    await takeScreenshots(page, 'running');

    await finishedCards(answers, 6).first().waitFor();
    expect(await card.locator('.progress-count').innerText()).toBe('6/6');
    const sheet = card.locator('.tile img[alt^="Contact sheet with"]');
    await sheet.waitFor();
    expect(await card.locator('.tile img').count()).toBe(1);
    expect(await loadedWidths(sheet)).not.toContain(0);

    await galleries(answers).first().waitFor();
    const pictures = galleries(answers).locator('.tile img');
    expect(await pictures.count()).toBe(6);
    expect(await loadedWidths(pictures)).not.toContain(0);
    const alts = await pictures.evaluateAll((images) => images.map((image) => image.getAttribute('alt') ?? ''));
    expect(alts.filter((alt) => alt.includes('a red fox in snow'))).toHaveLength(6);
    await takeScreenshots(page, 'gallery');

    const id = batch?.replace('cancel ', '') ?? '';
    const status = (await say(page, `/status ${id}`)).first();
    await status.waitFor();
    expect(await status.locator('.progress-count').innerText()).toBe('6/6');
    expect(await status.innerText()).toContain(id);

    const quotaAfter = await (await say(page, '/quota')).locator('.card-title').innerText();
    const [leftBefore = 0] = numbersIn(quotaBefore);
    expect(numbersIn(quotaAfter)[0]).toBe(leftBefore - 6);
    expect(problems).toEqual([]);
  });

  test('opens a picture from the menu below its gallery, and gives its prompt to be edited', async () => {
    await using ada = await openPlayground(suite.browser, suite.app.url, 'ada');
    const { page, problems } = ada;
    const answers = await say(page, '/imagine an owl by day --n 2 --seed 7');
    const menu = galleries(answers).first().locator('select');
    await menu.waitFor();
    expect(await menu.getAttribute('aria-label')).toBe('Work with a picture…');
    await menu.selectOption({ label: '2: an owl by day' });
    expect(await menu.inputValue()).toBe('');
    const opened = answers.filter({ has: page.locator('[data-action$="--edit prompt"]') }).first();
    await opened.waitFor();
    expect(await opened.locator('.tile').count()).toBe(1);
    expect(await opened.innerText()).toContain('Only you see this');
    await takeScreenshots(page, 'picture');

    await press(opened.locator('[data-action$="--edit prompt"]'));
    await expect.poll(() => composer(page).inputValue()).toMatch(/^\/rerun \w{6} 2 --prompt "an owl by day"$/);
    await composer(page).fill((await composer(page).inputValue()).replace('by day', 'at night'));
    const edited = await send(page);
    await finishedCards(edited, 1).first().waitFor();
    expect(await finishedCards(edited, 1).first().innerText()).toContain('Changed: “by day” → “at night”');
    expect(problems).toEqual([]);
  });

  test('stops a big batch by its button and charges only the pictures that were made', async () => {
    await using ada = await openPlayground(suite.browser, suite.app.url, 'ada');
    const { page, problems } = ada;
    const spent = async () => {
      const [left = 0, limit = 0] = numbersIn(await (await say(page, '/quota')).locator('.card-title').innerText());
      return limit - left;
    };
    const spentBefore = await spent();
    const answers = await say(
      page,
      '/imagine a slow river --n 50\na slow brook --n 50\na slow stream --n 50\n--draft off',
    );
    const cancel = answers.locator('[data-action^="cancel "]');
    await press(cancel);
    await expect.poll(() => answers.locator('.badge').count()).toBeGreaterThan(0);
    const card = finishedCards(answers, 150).first();
    await card.waitFor();
    expect(await cancel.count()).toBe(0);

    // What was in flight at the press may still succeed; the title counts what did.
    const made = numbersIn(await card.locator('.card-title').innerText())[0] ?? 0;
    await expect.poll(() => galleries(answers).locator('.tile').count()).toBe(made);
    expect(made).toBeLessThan(150);
    expect((await spent()) - spentBefore).toBe(made);
    expect(await bareKeys(page)).toEqual([]);
    await takeScreenshots(page, 'cancelled');
    expect(problems).toEqual([]);
  });

  test('takes a press of one message while that of another is still under way', async () => {
    await using ada = await openPlayground(suite.browser, suite.app.url, 'ada');
    const { page, problems } = ada;
    const buttons: Locator[] = [];
    for (const subject of ['heron', 'stork']) {
      const card = finishedCards(await say(page, `/imagine a ${subject} --n 1`), 1).first();
      await card.waitFor();
      buttons.push(card.locator('[data-action^="rerun "]'));
    }
    const pressed: string[] = [];
    const release = Promise.withResolvers<void>();
    await page.route('**/playground/api/actions', async (route) => {
      pressed.push(route.request().postDataJSON().actionId);
      await release.promise;
      await route.continue();
    });
    for (const button of buttons) await press(button);
    await expect.poll(() => pressed.length).toBe(2);
    release.resolve();
    expect(new Set(pressed).size).toBe(2);
    await expect.poll(() => page.locator('.actions [aria-disabled=true]').count()).toBe(0);
    expect(problems).toEqual([]);
  });

  test('speaks Traditional Chinese to bo in every place, from the page to the gallery', async () => {
    await using bo = await openPlayground(suite.browser, suite.app.url, 'bo');
    const { page, problems } = bo;
    expect(await page.locator('html').getAttribute('lang')).toBe('zh-TW');
    const answers = await say(page, '/imagine 雪地裡的紅狐狸 --n 2');
    await finishedCards(answers, 2).first().waitFor();
    await galleries(answers).first().waitFor();
    await (await say(page, '/help')).first().waitFor();
    const refusal = (await say(page, '/imagine 狐狸 --n 9999')).first();
    await refusal.waitFor();

    for (const text of await answers.allInnerTexts()) expect(text).toMatch(/\p{Script=Han}/u);
    expect(await refusal.innerText()).toMatch(/\p{Script=Han}/u);
    expect(await englishLeftovers(page)).toEqual([]);
    expect(await bareKeys(page)).toEqual([]);
    await takeScreenshots(page, 'zh-tw');
    expect(problems).toEqual([]);
  });

  test('shows the answer that is for ada alone to nobody else', async () => {
    await using ada = await openPlayground(suite.browser, suite.app.url, 'ada');
    await using bo = await openPlayground(suite.browser, suite.app.url, 'bo');
    const answer = (await say(ada.page, '/quota')).first();
    await answer.locator('.badge').waitFor();
    const id = (await answer.getAttribute('data-message')) ?? '';
    // Bo's own answer comes later than ada's would have.
    await (await say(bo.page, '/quota')).first().waitFor();
    expect(id).not.toBe('');
    expect(await ada.page.locator(`[data-message="${id}"]`).count()).toBe(1);
    expect(await bo.page.locator(`[data-message="${id}"]`).count()).toBe(0);
    const listed = await bo.page.request.get(`${suite.app.url}/playground/api/messages?user=bo`);
    expect(await listed.text()).not.toContain(id);
    expect([...ada.problems, ...bo.problems]).toEqual([]);
  });
});
