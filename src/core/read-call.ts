import { requireRole } from '#core/actor.ts';
import type { Command, CommandContext } from '#core/commands/define.ts';
import { readOperator } from '#core/commands/operator.ts';
import { readOptions } from '#core/commands/read-options.ts';
import { UserError } from '#core/errors.ts';
import { readBare, readCommand, readReply } from '#core/read-typed.ts';

/** The command that a call asks for, with its values. @throws {UserError} `role.required`, and what reading it refuses. */
export function readCall(context: CommandContext): {
  command: Command;
  values: Record<string, unknown>;
} {
  const { call, actor, vocabulary, replied } = context;
  const answered = readOperator(context) ?? (replied && readReply(call, replied, vocabulary));
  const { command, rest } = answered ?? (call.bare ? readBare(call.text, vocabulary) : readCommand(call.text));
  requireRole(actor, command.role);
  const values = readOptions(command, rest, vocabulary);
  if (call.files.length > command.filesMax) {
    if (command.filesMax === 0) throw new UserError('attachment.unused', { command: command.name });
    throw new UserError('attachment.tooMany', { count: call.files.length, max: command.filesMax });
  }
  return { command, values };
}
