import type { OutgoingMessage } from '#core/ports/message.ts';
import type { OpenGrant } from '#core/quotas/grants.ts';
import { type Limit, leftOf } from '#core/quotas/limits.ts';
import { endOfDay } from '#core/quotas/period.ts';

const labels = {
  'person day': 'limit.of.person.day',
  'person month': 'limit.of.person.month',
  'channel day': 'limit.of.channel.day',
  'channel month': 'limit.of.channel.month',
  'workspace day': 'limit.of.workspace.day',
  'workspace month': 'limit.of.workspace.month',
} as const;

/** What is left of each limit, and when its next period begins; nothing of periods without one. */
export function limitFields(limits: readonly Limit[]): OutgoingMessage['fields'] {
  return limits.flatMap(({ scope, kind, most, used, resetsAt }) =>
    most === undefined
      ? []
      : [
          {
            label: { key: labels[`${scope} ${kind}`] },
            value: {
              key: 'limit.left',
              values: {
                left: leftOf({ most, used }),
                limit: most,
                resetsAt: { at: resetsAt.toISOString(), style: 'datetime' },
              },
            },
          } as const,
        ],
  );
}

/** What is left of each grant, and until when. */
export function grantFields(open: readonly OpenGrant[], timeZone: string): OutgoingMessage['fields'] {
  return open.map(({ left, credits, lastDay }) => ({
    label: { key: 'limit.granted' },
    value: {
      key: 'limit.left',
      values: {
        left,
        limit: credits,
        resetsAt: { at: endOfDay(lastDay, timeZone).toISOString(), style: 'datetime' },
      },
    },
  }));
}
