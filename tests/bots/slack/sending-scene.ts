import { limits } from '#bots/slack/limits.ts';
import type { ChatPlatform } from '#core/ports/chat.ts';
import type { SendAttempt } from '#core/ports/delivery.ts';
import type { OutgoingImage, OutgoingMessage } from '#core/ports/message.ts';
import { titled } from '#tests/bots/outgoing.ts';
import { calledOf, open as openScene } from '#tests/bots/slack/scene.ts';
import { fourColors } from '#tests/media/pictures.ts';
import type { Fault } from '#tests/servers/slack-faults.ts';

/** The platform as a worker uses it. */
export async function open(options: Parameters<typeof openScene>[1] = {}) {
  const slack = await openScene('http', options);
  const to = { platform: 'slack', channel: slack.channel.id };
  const { platform } = slack.bot;
  const handles: string[] = [];
  /** The next try at one posting: it knows the last handle that was saved. */
  function attempt(more: Partial<SendAttempt> = {}): SendAttempt {
    const handle = handles.at(-1);
    return {
      ...{ key: 'posting-7', workspace: slack.team.id, repeat: handle !== undefined, limits, pause: () => undefined },
      ...(handle === undefined ? {} : { handle }),
      saveHandle: async (saved) => void handles.push(saved),
      ...more,
    };
  }
  async function gallery(count: number): Promise<OutgoingMessage> {
    const images = await Promise.all(
      Array.from({ length: count }, async (_, index): Promise<OutgoingImage> => {
        const bytes = await fourColors(8 + index, 8)
          .png()
          .toBuffer();
        const blob = await slack.blobs.put('w', bytes);
        const alt = { key: 'picture.alt', values: { number: index + 1, total: count, prompt: 'a <fox>' } } as const;
        return { blob, type: 'png', width: 8 + index, height: 8, alt, name: `k7m2q4-${index + 1}.png` };
      }),
    );
    return titled('gallery', { images });
  }
  const fail = (method: string, fault: Omit<Fault, 'match'>) =>
    slack.server.fail({ match: (request) => request.method === method, ...fault });
  const called = (method: string) => calledOf(slack, method);
  return { ...slack, platform, to, attempt, handles, gallery, fail, called };
}

/** What it was refused with. */
export const failed = (sending: Promise<unknown>) =>
  sending.then(
    () => undefined,
    (error: unknown) => error,
  );

export function card(
  platform: ChatPlatform,
  to: { platform: string; channel: string; thread?: string },
  attempt: SendAttempt,
) {
  return platform.send(to, titled('card'), { ...attempt, key: 'card' });
}
