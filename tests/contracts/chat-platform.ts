import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createScriptedCore } from '#tests/bots/scripted-core.ts';
import { describeCommands, describeFiles, describeReplies } from '#tests/contracts/chat-platform-commands.ts';
import { type ChatPlatformSetup, createContext, timeZone } from '#tests/contracts/chat-platform-context.ts';
import { describeSending } from '#tests/contracts/chat-platform-messages.ts';
import { describeSplitting, describeWords } from '#tests/contracts/chat-platform-words.ts';

export type {
  ChatPlatformSetup,
  ContractFile,
  ContractPerson,
  SeenMessage,
} from '#tests/contracts/chat-platform-context.ts';

/** What the core relies on in every chat platform. Call it once for each way in, at the top of a test file. */
export function describeChatPlatform(name: string, start: () => Promise<ChatPlatformSetup>): void {
  describe(`${name} as a chat platform`, () => {
    let setup: ChatPlatformSetup;
    const core = createScriptedCore(timeZone);
    beforeAll(async () => {
      setup = await start();
      await setup.platform.start(core);
    });
    afterAll(async () => setup.stop());
    const context = createContext(core, () => setup);

    describeCommands(context);
    describeReplies(context);
    describeFiles(context);
    describeSending(context);
    describeWords(context);
    describeSplitting(context);

    test('takes nothing in once it is stopped', async () => {
      const stopped = await start();
      const last = createScriptedCore(timeZone);
      try {
        await stopped.platform.start(last);
        await stopped.say(stopped.people.asker, '/status k7m2q4');
        await stopped.platform.stop();
        await stopped.say(stopped.people.asker, '/status k7m2q5').catch(() => undefined);
        expect(last.calls.map((call) => call.text)).toEqual(['/status k7m2q4']);
      } finally {
        await stopped.stop();
      }
    });
  });
}
