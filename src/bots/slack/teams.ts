import { LRUCache } from 'lru-cache';
import type { BotDeps } from '#bots/define.ts';
import { createAccounts } from '#bots/slack/accounts.ts';
import { createAnswers } from '#bots/slack/answers.ts';
import { type BotToken, createClient } from '#bots/slack/client.ts';
import { createFiles } from '#bots/slack/files.ts';
import { createPlaces } from '#bots/slack/places.ts';
import { createRespond } from '#bots/slack/respond.ts';
import { createSenders } from '#bots/slack/senders.ts';
import { createSending } from '#bots/slack/sending.ts';
import type { createSplit } from '#bots/slack/split-message.ts';
import { createUploads } from '#bots/slack/uploads.ts';
import { createUserGroups } from '#bots/slack/user-groups.ts';
import type { Say } from '#bots/slack/words.ts';
import type { FileRef } from '#core/ports/chat.ts';
import type { Logger } from '#src/logger.ts';

/** Workspaces whose people and channels are remembered; the others are asked for anew. */
const teamsMax = 500;

/** Everything of one workspace, by its own token: what is known of one is not known of another. */
export type Team = ReturnType<typeof createTeam>;

interface TeamDeps extends Pick<BotDeps, 'blobs' | 'download' | 'post'> {
  log: Logger;
  say: Say;
  apiUrl: string | undefined;
  split: ReturnType<typeof createSplit>;
  looks: { looks?: readonly number[] };
  /** The workspace's own name, where it is known. */
  workspaceName(id: string): string | undefined;
}

function createTeam(token: BotToken, deps: TeamDeps) {
  const { log, say, apiUrl, split, blobs } = deps;
  const client = createClient({ token, apiUrl }, log);
  const accounts = createAccounts(client, log);
  const places = createPlaces(client, accounts, log);
  const groups = createUserGroups(client, log);
  const senders = createSenders({ accounts, groups, places, log, workspaceName: deps.workspaceName });
  const trustedOrigin = apiUrl === undefined ? undefined : new URL(apiUrl).origin;
  const post: Parameters<typeof createUploads>[0]['post'] = (url, body, signal) =>
    deps.post(url, { type: 'application/octet-stream', body, signal, trustedOrigin });
  const uploads = createUploads({ client, say, blobs, log, post }, deps.looks);
  const sending = createSending({ client, say, uploads });
  const files = createFiles({ token, apiUrl }, { client, download: deps.download });
  const answers = createAnswers({ client, places, sending, respond: createRespond(apiUrl), split, say });
  return { client, accounts, places, senders, sending, files, answers };
}

export interface Teams {
  of(workspace: string | undefined): Team;
  /** The file with the workspace that it was sent in, which its locator alone does not tell. */
  mark(file: FileRef, workspace: string): FileRef;
  /** Takes the mark off. */
  ownerOf(file: FileRef): { team: Team; file: FileRef };
}

/** The one workspace that a token in the environment belongs to. */
export function oneTeam(token: BotToken, deps: TeamDeps): Teams {
  const team = createTeam(token, deps);
  return { of: () => team, mark: (file) => file, ownerOf: (file) => ({ team, file }) };
}

const marked = /^([A-Z0-9]+) (.+)$/s;

/** Each that the app was installed in. */
export function manyTeams(tokenOf: (workspace: string) => BotToken, deps: TeamDeps): Teams {
  const known = new LRUCache<string, Team>({ max: teamsMax });
  function of(workspace: string | undefined): Team {
    if (workspace === undefined) throw new Error('it is not said which workspace this is for');
    const team = known.get(workspace) ?? createTeam(tokenOf(workspace), deps);
    known.set(workspace, team);
    return team;
  }
  return {
    of,
    mark: (file, workspace) => ({ ...file, locator: `${workspace} ${file.locator}` }),
    ownerOf(file) {
      const [, workspace, locator = file.locator] = marked.exec(file.locator) ?? [];
      return { team: of(workspace), file: { ...file, locator } };
    },
  };
}
