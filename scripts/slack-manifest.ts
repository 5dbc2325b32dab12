import { createManifest } from '../src/bots/slack/manifest.ts';
import { createI18n } from '../src/i18n.ts';

/** `npm run slack:manifest [-- zh-TW]`: prints the app manifest; PUBLIC_URL set: for HTTP, else for Socket Mode; SLACK_CLIENT_ID set too: for many workspaces. */
const i18n = createI18n();
const locale = process.argv[2] ?? 'en';
if (!i18n.locales.includes(locale)) {
  console.error(`There is no language ${locale}. Available: ${i18n.locales.join(', ')}.`);
  process.exitCode = 1;
} else {
  const publicUrl = process.env.PUBLIC_URL || undefined;
  const installed = Boolean(process.env.SLACK_CLIENT_ID);
  console.log(JSON.stringify(createManifest(i18n, { publicUrl, locale, installed }), null, 2));
}
