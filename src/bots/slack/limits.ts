import type { ChatLimits, PlannedCall, RateBudget } from '#core/ports/delivery.ts';

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
 * Calls in any minute by method, workspace and app: 50 in tier 3, 100 in tier 4 (docs.slack.dev/apis/web-api/rate-limits),
 * "several hundred" messages, of which some are left for answers to one person. Half of the edits are for finished cards.
 */
const minuteMs = 60_500;
const rates = {
  'chat.update': { limit: 50, progressLimit: 25 },
  'chat.postMessage': { limit: 280, progressLimit: 140 },
  'files.getUploadURLExternal': { limit: 100, progressLimit: 100 },
  'files.completeUploadExternal': { limit: 100, progressLimit: 100 },
  'files.info': { limit: 98, progressLimit: 98 },
  'files.delete': { limit: 50, progressLimit: 50 },
} as const;

type RatedMethod = keyof typeof rates;

/** Slack processes uploads after it has answered; so long apart we look whether a message shows them, in milliseconds. */
export const looksMs = [150, 300, 600, 1000, 1500, 2000, 2000, 2000];
/** An earlier try's are looked for first. */
const looksMax = looksMs.length + 1;

/** The budget that a refusal for being too fast is about; undefined where it is the channel, as Slack counts messages by channel. */
export function budgetOf(method: string, workspace: string): string | undefined {
  return method in rates && method !== 'chat.postMessage' ? `${method}:${workspace}` : undefined;
}

/** What a call draws on in its workspace. */
export function budgets({ kind, workspace, images, removed = 0, replaced = 0 }: PlannedCall): RateBudget[] {
  const draw = (method: RatedMethod, cost = 1) => ({
    ...{ key: `${method}:${workspace}`, windowMs: minuteMs, cost },
    ...rates[method],
  });
  const uploads = (count: number) => [
    draw('files.getUploadURLExternal', count),
    draw('files.completeUploadExternal'),
    draw('files.info', looksMax),
  ];
  const deleted = removed + replaced;
  if (kind === 'edit') {
    return [
      draw('chat.update'),
      ...(deleted > 0 ? [draw('files.delete', deleted)] : []),
      ...(replaced > 0 ? uploads(replaced) : []),
    ];
  }
  return images === 0 ? [draw('chat.postMessage')] : uploads(images);
}
