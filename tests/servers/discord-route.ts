import type { Command } from '#tests/servers/discord-commands.ts';
import type { Context } from '#tests/servers/discord-context.ts';
import type { Interaction } from '#tests/servers/discord-interactions.ts';
import type { RateName } from '#tests/servers/discord-rates.ts';
import type { RecordedRequest, UploadedFile } from '#tests/servers/discord-requests.ts';
import type { Json } from '#tests/servers/discord-world.ts';

/** What routes need besides the context. */
export interface RouteContext extends Context {
  /** By token. */
  interactions: Map<string, Interaction>;
  commands: { list: Command[] };
  gatewayBot(): Json;
}

export interface Call {
  request: RecordedRequest;
  body: Json;
  files: readonly UploadedFile[];
  /** The parts of the path in brackets. */
  part(index: number): string;
}

export interface Route {
  method: string;
  path: RegExp;
  rate?: RateName;
  /** Reached by an interaction's token, without the app's own, and outside the global limit. */
  byToken?: true;
  /** Resolves to the body; undefined is 204. */
  run(context: RouteContext, call: Call): unknown;
}

export const id = '(\\d+)';
export const path = (text: string) => new RegExp(`^${text}$`);
