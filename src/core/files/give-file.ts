import { privateAnswer } from '#core/commands/answer.ts';
import type { Answer, CommandContext } from '#core/commands/define.ts';
import { type FileWanted, makeFileLink } from '#core/files/file-links.ts';
import { oweFile } from '#core/postings/notices.ts';
import type { Tx } from '#db/client.ts';
import type { Text } from '#src/i18n.ts';

interface Given {
  answer: Answer;
  /** Of the link; undefined where there is none. */
  expiresAt: Date | undefined;
}

/** Gives the person who asks a file: behind a link where links have an address, else in their direct messages. */
export async function giveFile(tx: Tx, context: CommandContext, file: FileWanted, what: Text): Promise<Given> {
  const { deps, actor, call } = context;
  const address = deps.publicAddress(call.platform);
  if (address === undefined) {
    await oweFile(tx, actor, file, what);
    const lines: Text[] = [{ key: 'file.comes' }];
    return { answer: privateAnswer(context, { lines, tone: 'success' }), expiresAt: undefined };
  }
  const { path, expiresAt } = await makeFileLink(tx, deps, file);
  const lines: Text[] = [
    what,
    { url: `${address}${path}` },
    { key: 'file.expires', values: { expiresAt: { at: expiresAt.toISOString(), style: 'datetime' } } },
  ];
  return { answer: { ...privateAnswer(context, { lines, tone: 'success' }), secret: true }, expiresAt };
}
