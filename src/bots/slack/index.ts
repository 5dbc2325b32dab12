import { z } from 'zod';
import type { Bot, BotDefinition, BotDeps, ConfiguredBot } from '#bots/define.ts';
import { createSlack, type SlackConfig } from '#bots/slack/create-slack.ts';

const environment = z.object({
  SLACK_BOT_TOKEN: z.string().startsWith('xoxb-', 'must be the bot token, which starts with xoxb-').optional(),
  SLACK_SIGNING_SECRET: z.string().optional(),
  SLACK_APP_TOKEN: z.string().startsWith('xapp-', 'must be an app-level token, which starts with xapp-').optional(),
  SLACK_API_URL: z
    .string()
    .refine((url) => URL.canParse(url) && /^https?:\/\/.*\/api\/$/.test(url), 'must be a URL that ends in /api/')
    .optional(),
  SLACK_CLIENT_ID: z.string().optional(),
  SLACK_CLIENT_SECRET: z.string().optional(),
  PUBLIC_URL: z.string().optional(),
  EASEL_KEYS: z.string().optional(),
  NODE_ENV: z.string().optional(),
  EASEL_RUN: z.string().default('bots'),
});
type Environment = z.infer<typeof environment>;

const switches = [
  'SLACK_BOT_TOKEN',
  'SLACK_SIGNING_SECRET',
  'SLACK_APP_TOKEN',
  'SLACK_CLIENT_ID',
  'SLACK_CLIENT_SECRET',
] as const;

/** Slack: commands over HTTP where a signing secret is set, else over Socket Mode. */
export const slack: BotDefinition = {
  id: 'slack',
  configure(env): ConfiguredBot | null | { problems: string[] } {
    if (!switches.some((name) => env[name] !== undefined)) return null;
    const parsed = environment.safeParse(env);
    if (!parsed.success) {
      return { problems: parsed.error.issues.map((issue) => `${issue.path[0]?.toString()}: ${issue.message}`) };
    }
    const { data } = parsed;
    const takesIn = data.EASEL_RUN.split(',').some((part) => part.trim() === 'bots');
    const access = readAccess(data);
    const problems = [
      ...('problems' in access ? access.problems : []),
      ...(takesIn && !data.SLACK_SIGNING_SECRET && !data.SLACK_APP_TOKEN
        ? [
            'SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP) is missing: commands from Slack come in by one of them',
          ]
        : []),
    ];
    if (problems.length > 0 || 'problems' in access) return { problems };
    const config = {
      access,
      signingSecret: data.SLACK_SIGNING_SECRET,
      appToken: data.SLACK_APP_TOKEN,
      apiUrl: data.SLACK_API_URL,
    };
    const keepsSecrets = 'clientId' in access ? { keepsSecrets: true as const } : {};
    return { id: 'slack', ...keepsSecrets, create: (deps: BotDeps): Bot => createSlack(config, deps) };
  },
};

/** One workspace by its token, or many by OAuth. */
function readAccess(env: Environment): SlackConfig['access'] | { problems: string[] } {
  const { SLACK_BOT_TOKEN: botToken, SLACK_CLIENT_ID: clientId, SLACK_CLIENT_SECRET: clientSecret } = env;
  const byOAuth = clientId !== undefined || clientSecret !== undefined;
  if (botToken !== undefined && byOAuth) {
    return {
      problems: ['SLACK_BOT_TOKEN is for one workspace and SLACK_CLIENT_ID for many: only one of them can be set'],
    };
  }
  if (botToken !== undefined) return { botToken };
  if (!byOAuth) {
    return {
      problems: ['SLACK_BOT_TOKEN is missing: Slack needs it to post (or SLACK_CLIENT_ID, to be installed by many)'],
    };
  }
  const { PUBLIC_URL: publicUrl } = env;
  // Outside of production the data folder has a key of its own.
  const keys = env.NODE_ENV === 'production' ? env.EASEL_KEYS : (env.EASEL_KEYS ?? '');
  if (clientId !== undefined && clientSecret !== undefined && publicUrl !== undefined && keys !== undefined) {
    return { clientId, clientSecret, publicUrl };
  }
  const missing = [
    [clientId, 'SLACK_CLIENT_ID is missing: SLACK_CLIENT_SECRET needs it'],
    [clientSecret, 'SLACK_CLIENT_SECRET is missing: SLACK_CLIENT_ID needs it'],
    [publicUrl, 'PUBLIC_URL is missing: Slack sends people back there after they have installed the app'],
    [
      keys,
      'EASEL_KEYS is missing: in production the tokens of Slack are stored with a key of yours (where Easel has made one before, the entry in the file keys of DATA_DIR)',
    ],
  ] as const;
  return { problems: missing.flatMap(([value, problem]) => (value === undefined ? [problem] : [])) };
}
