import { createChatCore } from '#core/chat-core.ts';
import type { Deps } from '#core/deps.ts';
import type { Sender } from '#core/ports/chat.ts';
import { deliverDue } from '#core/postings/deliver.ts';
import { raiseCard } from '#core/postings/raise-card.ts';
import { inWorkspace } from '#db/client.ts';
import { createTestCore, sender, type TestCore } from '#tests/factories.ts';
import { createFakePlatform, type FakePlatform, fakeLimits } from '#tests/fakes/platform.ts';

export const ann = sender('ann');

/** Alone with the bot: in the workspace itself, or in one of its own, as the app has it. */
export const alone = (workspace: string, name = 'ann'): Sender => ({
  ...sender(name, { workspace, role: 'owner' }),
  channel: { platformId: `home/direct/${name}`, name, limits: fakeLimits, direct: true },
});

export async function createChat(
  options: Parameters<typeof createTestCore>[0] = {},
): Promise<TestCore & { chat: FakePlatform }> {
  const chat = createFakePlatform();
  const core = await createTestCore({ ...options, platforms: [chat.platform] });
  await chat.platform.start(createChatCore(core.deps));
  return { ...core, chat, [Symbol.asyncDispose]: () => core[Symbol.asyncDispose]() };
}

/** Everything owed is due now, but for rows that somebody holds: two that wait for each other's are a deadlock. */
export const ripen = async (core: TestCore) => {
  await core.sql`
    update postings set due_at = now() where id in (select id from postings for update skip locked)`;
  await core.sql`
    update channels set next_send_at = now() where id in (select id from channels for update skip locked)`;
};

export async function deliverAll(core: TestCore, deps: Deps = core.deps): Promise<void> {
  await ripen(core);
  while ((await deliverDue(deps)) > 0) await ripen(core);
}

export async function raise(core: TestCore, batch: string): Promise<void> {
  const [row] = await core.sql`select workspace_id from batches where id = ${batch}`;
  await inWorkspace(core.deps.db, row?.workspace_id, (tx) => raiseCard(tx, batch));
}

export const postingsOf = (core: TestCore) =>
  core.sql`select kind, part, wanted, shown, attempts, failure, ref is not null as sent from postings order by id`;
