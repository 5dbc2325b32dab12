import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { chromiumPath } from './chromium.ts';
import { composer, galleries, loadedWidths, openPlayground, say, send, takeScreenshots } from './playground-page.ts';
import { useBrowser } from './use-browser.ts';

/** The smallest PNG: one pixel. */
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

describe.skipIf(!chromiumPath)('writing in the playground', { timeout: 90_000 }, () => {
  const suite = useBrowser();

  test('sends nothing while an input method is composing', async () => {
    await using bo = await openPlayground(suite.browser, suite.app.url, 'bo');
    const { page } = bo;
    await composer(page).fill('/imagine 狐');
    const posts: string[] = [];
    page.on('request', (request) => request.method() === 'POST' && posts.push(request.url()));
    await composer(page).dispatchEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true, cancelable: true });
    await composer(page).dispatchEvent('keydown', { key: 'Enter', keyCode: 229, bubbles: true, cancelable: true });
    expect(await composer(page).inputValue()).toBe('/imagine 狐');
    expect(posts).toEqual([]);
  });

  test('brings the last line back with an arrow up', async () => {
    await using ada = await openPlayground(suite.browser, suite.app.url, 'ada');
    const { page } = ada;
    await (await say(page, '/quota')).first().waitFor();
    await composer(page).press('ArrowUp');
    expect(await composer(page).inputValue()).toBe('/quota');
  });

  test('keeps the text and says why when a message could not be sent', async () => {
    await using ada = await openPlayground(suite.browser, suite.app.url, 'ada');
    const { page } = ada;
    await page.route('**/playground/api/messages', (route) => route.abort());
    await composer(page).fill('/quota');
    await composer(page).press('Enter');
    await page.getByRole('alert').getByText('Easel cannot be reached').waitFor();
    expect(await composer(page).inputValue()).toBe('/quota');
    await page.unroute('**/playground/api/messages');
    await (await send(page)).first().waitFor();
    expect(await page.getByRole('alert').innerText()).toBe('');
  });

  test('shows HTML in a prompt as it was typed and never runs it', async () => {
    await using ada = await openPlayground(suite.browser, suite.app.url, 'ada');
    const { page, problems } = ada;
    const typed = '<img src=x onerror=alert(1)><b>bold</b>';
    const answers = await say(page, `/imagine ${typed} --n 1`);
    await galleries(answers).first().waitFor();
    expect(await page.locator('.message-own .bubble').last().innerText()).toContain(typed);
    expect(await answers.first().innerText()).toContain(typed);
    expect(await galleries(answers).locator('img').first().getAttribute('alt')).toContain(typed);
    expect(await page.locator('.text img, .text b, img[src="x"], [onerror]').count()).toBe(0);
    expect(problems).toEqual([]);
  });

  test('attaches a picture by the button and by dropping it on the page', async () => {
    await using ada = await openPlayground(suite.browser, suite.app.url, 'ada');
    const { page, problems } = ada;
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      page.getByRole('button', { name: 'Attach pictures' }).click(),
    ]);
    await chooser.setFiles({ name: 'chosen.png', mimeType: 'image/png', buffer: png });
    await dropFile(page, { name: 'dropped.png', type: 'image/png', base64: png.toString('base64') });
    await page.getByRole('img', { name: 'dropped.png' }).waitFor();
    expect(await page.locator('.drop').count()).toBe(0);
    await takeScreenshots(page, 'attached');
    const answers = await say(page, '/imagine like these two --n 1');
    const own = page.locator('.message-own', { hasText: 'like these two' });
    await galleries(answers).first().waitFor();
    expect(await loadedWidths(own.locator('.sent-file img'))).toEqual([1, 1]);
    expect(await page.locator('.files').count()).toBe(0);
    expect(problems).toEqual([]);
  });

  test('answers a text file that came as a picture with a sentence in the language of the person', async () => {
    await using bo = await openPlayground(suite.browser, suite.app.url, 'bo');
    const { page } = bo;
    await dropFile(page, {
      name: 'notes.png',
      type: 'image/png',
      base64: Buffer.from('no picture').toString('base64'),
    });
    await page.getByRole('button', { name: /notes\.png/ }).waitFor();
    const answer = (await say(page, '/imagine 照著這張畫')).first();
    await answer.waitFor();
    expect(await answer.locator('.card-error').count()).toBe(1);
    expect(await answer.innerText()).toMatch(/notes\.png/);
    expect(await answer.innerText()).toMatch(/\p{Script=Han}/u);
    await takeScreenshots(page, 'refused');
  });
});

/** Drags a file over the page, waits for the sign that it may be let go, and lets it go. */
async function dropFile(page: Page, file: { name: string; type: string; base64: string }): Promise<void> {
  const data = await page.evaluateHandle(`(() => {
    const { name, type, base64 } = ${JSON.stringify(file)};
    const data = new DataTransfer();
    data.items.add(new File([Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))], name, { type }));
    return data;
  })()`);
  await page.locator('body').dispatchEvent('dragenter', { dataTransfer: data });
  await page.locator('.drop').waitFor();
  await page.locator('body').dispatchEvent('drop', { dataTransfer: data });
}
