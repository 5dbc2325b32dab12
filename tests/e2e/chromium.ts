import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const places = ['/usr/bin/chromium', '/usr/bin/google-chrome'];

/** The browser of this machine: `CHROMIUM_PATH`, else where Linux packages put one; undefined without any. */
export const chromiumPath = [process.env.CHROMIUM_PATH, ...places].find(
  (path): path is string => path !== undefined && path !== '' && existsSync(path),
);

if (!chromiumPath)
  console.warn('e2e: no Chromium found (set CHROMIUM_PATH), so the playground was not tried in a browser');

export function launchChromium(): Promise<Browser> {
  if (!chromiumPath) throw new Error('there is no Chromium on this machine');
  return chromium.launch({
    executablePath: chromiumPath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
