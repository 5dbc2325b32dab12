import type { Answer, CommandContext } from '#core/commands/define.ts';
import type { Role } from '#core/ports/chat.ts';
import type { Tx } from '#db/client.ts';
import type { Key } from '#src/i18n.ts';

/** Something that who runs a workspace does with `/admin <name> <rest>`. */
export interface AdminAct {
  name: string;
  description: Key;
  /** The least role that may. */
  role: Role;
  /** How `rest` is typed, such as `[set @person role]`. */
  usage: string;
  /** Decides a request, whose id comes first: managers who are asked in direct messages answer there, wherever those are. */
  decides?: true;
  /** What needs no transaction, or one that is undone; `run` is given what it finds. */
  prepare?(context: CommandContext, rest: string): Promise<unknown>;
  /** Runs in the command's transaction. */
  run(tx: Tx, context: CommandContext, rest: string, prepared?: unknown): Promise<Answer>;
}
