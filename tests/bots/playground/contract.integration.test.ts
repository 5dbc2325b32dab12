import { randomUUID } from 'node:crypto';
import type { ChatPlatform } from '#core/ports/chat.ts';
import { type ChatPlatformSetup, type ContractPerson, describeChatPlatform } from '#tests/contracts/chat-platform.ts';
import { playgroundClient } from '#tests/playground-client.ts';
import { startTestApp, type TestApp } from '#tests/start-test-app.ts';

describeChatPlatform('the playground', async (): Promise<ChatPlatformSetup> => {
  const app = await startTestApp({ EASEL_RUN: 'http' });
  const started: TestApp[] = [app];
  await platformOf(app).stop();
  const clientOf = ({ account }: ContractPerson) => playgroundClient(app.url, account);
  const workspaceId = await createWorkspace(app);
  return {
    platform: platformOf(app),
    people: {
      asker: { account: 'ada', standing: 'owner', locale: 'en' },
      other: { account: 'bo', standing: 'member', locale: 'zh-TW' },
    },
    stranger: 'sue',
    putBlob: (bytes) => app.deps.blobs.put(workspaceId, bytes),
    async seen(person) {
      const client = clientOf(person);
      const messages = (await client.messages()).filter(({ author }) => author === 'easel');
      return Promise.all(
        messages.map(async (message) => ({
          ...message,
          images: await Promise.all(
            message.images.map(async ({ alt }, index) => ({ alt, bytes: await client.picture(message, index) })),
          ),
          actions: message.actions.map(({ id, label }) => ({ id, label })),
          choices: message.choices?.options ?? [],
        })),
      );
    },
    async say(person, text, files = []) {
      const attachments = files.map(({ name, type, bytes }) => ({
        name,
        type,
        base64: Buffer.from(bytes).toString('base64'),
      }));
      await clientOf(person).say(text, attachments);
    },
    async press(person, messageId, actionId) {
      await clientOf(person).press(messageId, actionId);
    },
    async remove(ref) {
      await app.sql`delete from playground_messages where id = ${ref.message}`;
    },
    async reopen() {
      const again = await startTestApp({ EASEL_RUN: 'http', ...pick(app.env, 'DATABASE_URL', 'DATA_DIR') });
      started.push(again);
      return platformOf(again);
    },
    postsAnything: 'the page asks for pictures itself',
    absent: { platform: 'playground', channel: 'room', message: randomUUID() },
    async stop() {
      for (const each of started.reverse()) await each.stop();
    },
  };
});

function platformOf(app: TestApp): ChatPlatform {
  const platform = app.deps.platforms.get('playground');
  if (!platform) throw new Error('the playground is off');
  return platform;
}

async function createWorkspace({ sql }: TestApp): Promise<string> {
  const [row] = await sql<{ id: string }[]>`
    insert into workspaces (platform, platform_id, name) values ('playground', 'room', 'Playground') returning id`;
  if (!row) throw new Error('the row that was just written is not there');
  return row.id;
}

function pick<K extends string>(env: Record<string, string>, ...names: K[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, env[name] ?? '']));
}
