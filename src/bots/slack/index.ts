import { z } from 'zod';
import type { Bot, BotDefinition, BotDeps, ConfiguredBot } from '#bots/define.ts';
import { createSlack } from '#bots/slack/create-slack.ts';

const environment = z.object({
  SLACK_BOT_TOKEN: z.string().startsWith('xoxb-', 'must be the bot token, which starts with xoxb-').optional(),
  SLACK_SIGNING_SECRET: z.string().optional(),
  SLACK_APP_TOKEN: z.string().startsWith('xapp-', 'must be an app-level token, which starts with xapp-').optional(),
  SLACK_API_URL: z
    .string()
    .refine((url) => URL.canParse(url) && /^https?:\/\/.*\/api\/$/.test(url), 'must be a URL that ends in /api/')
    .optional(),
  EASEL_RUN: z.string().default('bots'),
});

/** Slack: commands over HTTP where a signing secret is set, else over Socket Mode. */
export const slack: BotDefinition = {
  id: 'slack',
  configure(env): ConfiguredBot | null | { problems: string[] } {
    const isOn = ['SLACK_BOT_TOKEN', 'SLACK_SIGNING_SECRET', 'SLACK_APP_TOKEN'].some((name) => env[name] !== undefined);
    if (!isOn) return null;
    const parsed = environment.safeParse(env);
    if (!parsed.success) {
      return { problems: parsed.error.issues.map((issue) => `${issue.path[0]?.toString()}: ${issue.message}`) };
    }
    const { data } = parsed;
    const takesIn = data.EASEL_RUN.split(',').some((part) => part.trim() === 'bots');
    const problems = [
      ...(data.SLACK_BOT_TOKEN ? [] : ['SLACK_BOT_TOKEN is missing: Slack needs it to post']),
      ...(takesIn && !data.SLACK_SIGNING_SECRET && !data.SLACK_APP_TOKEN
        ? [
            'SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP) is missing: commands from Slack come in by one of them',
          ]
        : []),
    ];
    const { SLACK_BOT_TOKEN: botToken } = data;
    if (problems.length > 0 || botToken === undefined) return { problems };
    const config = {
      botToken,
      signingSecret: data.SLACK_SIGNING_SECRET,
      appToken: data.SLACK_APP_TOKEN,
      apiUrl: data.SLACK_API_URL,
    };
    return { id: 'slack', create: (deps: BotDeps): Bot => createSlack(config, deps) };
  },
};
