import { privateAnswer } from '#core/commands/answer.ts';
import { defineCommand } from '#core/commands/define.ts';
import { unlinkAccount } from '#core/people/link-accounts.ts';

export const unlink = defineCommand({
  name: 'unlink',
  role: 'guest',
  options: [],
  run: async (tx, context) => {
    await unlinkAccount(tx, context.actor.accountId);
    return { ...privateAnswer(context, { lines: [{ key: 'commands.unlink.done' }], tone: 'success' }), forget: true };
  },
});
