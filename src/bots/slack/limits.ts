import type { ChatLimits, OutgoingPart, RateBudget } from '#core/ports/chat.ts';

/**
 * What Slack takes. Ten files is what people can put into one message; a file may have 1 GB
 * (slack.com/help/articles/201330736), so ours is the largest picture that there can be here. A message's text may have
 * 4,000 characters in chat.update, and about one message a second fits into a channel
 * (docs.slack.dev/apis/web-api/rate-limits). Ten pictures cost twelve calls of a hundred a minute: none on a card.
 */
export const limits: ChatLimits = {
  imagesPerMessage: 10,
  fileBytesMax: 50_000_000,
  textMax: 4000,
  sendSpacingMs: 1100,
  liveImageEditMinMs: null,
  repliesCount: true,
  keepsOriginals: true,
};

/**
 * Slack counts calls a minute by method, workspace and app: 50 in tier 3, 100 in tier 4 (docs.slack.dev/apis/web-api/rate-limits),
 * "several hundred" messages. A burst and a minute of steady calls together stay under each.
 */
const rates = {
  'chat.update': { everyMs: 1300, burst: 3 },
  'chat.postMessage': { everyMs: 250, burst: 40 },
  'files.getUploadURLExternal': { everyMs: 670, burst: 10 },
  'files.completeUploadExternal': { everyMs: 670, burst: 10 },
  'files.info': { everyMs: 670, burst: 10 },
} as const;

type RatedMethod = keyof typeof rates;

/** How often files.info is asked, mostly, until the pictures are there. */
const looksAtUpload = 3;

/** The budget that a refusal for being too fast is about; undefined where it is the channel, as Slack counts messages by channel. */
export function budgetOf(method: string, workspace: string): string | undefined {
  return method in rates && method !== 'chat.postMessage' ? `${method}:${workspace}` : undefined;
}

/** What a call draws on in its workspace. */
export function budgets(call: 'send' | 'edit', workspace: string, part: Pick<OutgoingPart, 'images'>): RateBudget[] {
  const draw = (method: RatedMethod, cost = 1) => ({ key: `${method}:${workspace}`, ...rates[method], cost });
  if (call === 'edit') return [draw('chat.update')];
  if (part.images.length === 0) return [draw('chat.postMessage')];
  return [
    draw('files.getUploadURLExternal', part.images.length),
    draw('files.completeUploadExternal'),
    draw('files.info', looksAtUpload),
  ];
}
