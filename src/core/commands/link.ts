import { privateAnswer } from '#core/commands/answer.ts';
import { type Answer, type CommandContext, defineCommand } from '#core/commands/define.ts';
import { RetryError } from '#core/errors.ts';
import { type Account, findAccount, joinPeople, listAccounts } from '#core/people/link-accounts.ts';
import { codeKeptMinutes, endLinkCode, makeLinkCode, tryLinkCode } from '#core/people/link-codes.ts';
import type { Tx } from '#db/client.ts';
import type { Text } from '#src/i18n.ts';

export const link = defineCommand({
  name: 'link',
  role: 'guest',
  options: [
    { name: 'code', kind: 'text', max: 40, positional: true },
    { name: 'sure', kind: 'switch' },
  ],
  run: async (tx, context, { code: typed, sure = false }) => {
    if (typed === undefined) return giveCode(tx, context);
    const code = await tryLinkCode(tx, context.deps, typed);
    // Not thrown, as the try counts.
    if (!code) return privateAnswer(context, { lines: [{ key: 'commands.link.wrong' }], tone: 'error' });
    const mine = await findAccount(tx, context.actor.accountId);
    const theirs = await findAccount(tx, code.accountId);
    if (!mine || !theirs) throw new RetryError('an account is gone');
    if (mine.personId === theirs.personId) {
      return privateAnswer(context, {
        lines: [{ key: 'commands.link.same', values: { account: sayAccount(theirs) } }],
      });
    }
    if (!sure) return ask(context, typed, theirs);
    await joinPeople(tx, mine.personId, theirs.personId);
    await endLinkCode(tx, code.selector);
    const { personId = '' } = (await findAccount(tx, mine.id)) ?? {};
    const accounts = { list: (await listAccounts(tx, personId)).map(sayAccount) };
    const lines: Text[] = [{ key: 'commands.link.done', values: { accounts } }, { key: 'commands.link.undo' }];
    return { ...privateAnswer(context, { lines, tone: 'success' }), forget: true };
  },
});

async function giveCode(tx: Tx, context: CommandContext): Promise<Answer> {
  const code = await makeLinkCode(tx, context.deps, context.actor.accountId);
  const accounts = { list: (await listAccounts(tx, context.actor.personId)).map(sayAccount) };
  const answer = privateAnswer(context, {
    title: { key: 'commands.link.title', values: { line: `/link ${code}` } },
    lines: [{ key: 'commands.link.how', values: { minutes: codeKeptMinutes } }, { key: 'commands.link.secret' }],
    fields: [{ label: { key: 'commands.link.linked' }, value: { key: 'list', values: { items: accounts } } }],
  });
  return { ...answer, secret: true };
}

/** Whoever was talked into typing a code reads here what comes of it. */
function ask(context: CommandContext, typed: string, theirs: Account): Answer {
  const id = `link ${typed} --sure on`;
  const answer = privateAnswer(context, {
    title: { key: 'commands.link.ask', values: { account: sayAccount(theirs) } },
    lines: [{ key: 'commands.link.means' }, { key: 'commands.link.confirm', values: { line: `/${id}` } }],
    tone: 'warning',
    actions: [{ id, label: { key: 'action.link' }, style: 'primary' }],
  });
  return { ...answer, secret: true };
}

/** Apps are known by their ids here, which people know as names. */
const sayAccount = ({ platform, name }: Account): string =>
  `${platform[0]?.toUpperCase()}${platform.slice(1)} · ${name}`;
