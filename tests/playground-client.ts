import type { ShownMessage } from '#bots/playground/outbound.ts';

const pollMs = 50;

/** The playground's JSON interface, as scripts use it. */
export function playgroundClient(url: string, user: string) {
  const post = async (path: string, body: object) => {
    const response = await fetch(`${url}/playground/api/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user, ...body }),
    });
    if (response.status !== 202) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return ((await response.json()) as { id: string }).id;
  };
  const messages = async (): Promise<ShownMessage[]> => {
    const response = await fetch(`${url}/playground/api/messages?user=${user}`);
    if (!response.ok) throw new Error(`messages: ${response.status} ${await response.text()}`);
    return (await response.json()) as ShownMessage[];
  };
  return {
    messages,
    say: (text: string, attachments: { name: string; type: string; base64: string }[] = []) =>
      post('messages', { text, attachments }),
    press: (messageId: string, actionId: string) => post('actions', { messageId, actionId }),
    /** Resolves to the first message that fits, as soon as there is one; rejects after `withinMs`. */
    async waitFor(fits: (message: ShownMessage) => boolean, withinMs = 30_000): Promise<ShownMessage> {
      const deadline = Date.now() + withinMs;
      for (;;) {
        const all = await messages();
        const found = all.find(fits);
        if (found) return found;
        if (Date.now() > deadline)
          throw new Error(`no such message; there were:\n${all.map((message) => message.text).join('\n--\n')}`);
        await new Promise((resolve) => setTimeout(resolve, pollMs));
      }
    },
    async picture(message: ShownMessage, index: number): Promise<Buffer> {
      const response = await fetch(`${url}${message.images[index]?.url}`);
      if (!response.ok) throw new Error(`picture: ${response.status}`);
      return Buffer.from(await response.arrayBuffer());
    },
  };
}

export const isDoneCard = (message: ShownMessage) =>
  message.author === 'easel' && message.progress !== null && message.progress.done === message.progress.total;
export const isGallery = (message: ShownMessage) =>
  message.author === 'easel' && message.progress === null && message.images.length > 0;
