import { globSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postJson, rawRequest } from '#tests/bots/playground/raw-request.ts';
import { secret } from '#tests/core/isolation/two-workspaces.ts';
import { say, sender } from '#tests/factories.ts';
import { startTestApp, type TestApp } from '#tests/start-test-app.ts';

/** Every route there is; a new one is tried below, or named here with the reason why it holds nothing of a workspace. */
const routes = [
  '/', // leads to the page
  '/files/:token/:name',
  '/healthz', // says that the process is up
  '/playground', // the page itself
  '/playground/api/actions',
  '/playground/api/bootstrap',
  '/playground/api/complete',
  '/playground/api/events',
  '/playground/api/messages',
  '/playground/files/:workspace/:name',
  '/readyz', // says that the process can work
];
/** Of Slack's installation, which tests/app/slack-install tries. */
const installation = ['/slack/install', '/slack/oauth_redirect'];

let app: TestApp;
/** What another workspace has. */
const foreign = { batch: '', blob: '', workspace: '', link: '', message: '' };

beforeAll(async () => {
  app = await startTestApp();
  const wilma = sender('wilma', { workspace: 'two', role: 'owner' });
  const core = { deps: { ...app.deps, publicAddress: () => app.url } };
  const reply = await say(core, wilma, `/imagine a ${secret} --n 1`);
  const id = reply.kind === 'message' ? reply.message.fields[0]?.value : undefined;
  foreign.batch = id && 'verbatim' in id ? id.verbatim : '';
  const isMade = async () =>
    (await app.sql`select 1 from images where batch_id = ${foreign.batch} and state = 'succeeded'`).length > 0;
  while (!(await isMade())) await new Promise((resolve) => setTimeout(resolve, 50));
  const [image] = await app.sql`select original, workspace_id from images where batch_id = ${foreign.batch}`;
  foreign.blob = image?.original;
  foreign.workspace = image?.workspace_id;
  const zip = await say(core, wilma, `/zip ${foreign.batch}`);
  foreign.link = /\/files\/[^"]+/.exec(JSON.stringify(zip))?.[0] ?? '';
  const [message] = await app.sql`insert into playground_messages (workspace_id, key, author, content)
    values (${foreign.workspace}, 'k', 'easel', ${app.sql.json({ kind: 'typed', text: secret, files: [] })}) returning id`;
  foreign.message = message?.id;
});
afterAll(() => app.stop());

describe('every route', () => {
  it('is known here', () => {
    const source = globSync('src/{http,bots}/**/*.ts').map((path) => readFileSync(path, 'utf8'));
    const found = source.flatMap((text) =>
      [
        ...text.matchAll(
          /(?:\.(?:get|post|put|delete|all)(?:<[^(]*>)?\(\s*|\burl: |installPath = |redirectPath = )'(\/[^']*)'/g,
        ),
      ].map(([, path]) => path ?? ''),
    );
    expect([...new Set(found)].sort()).toEqual([...routes, ...installation].sort());
  });
});

describe('another workspace’s', () => {
  it('link opens its zip for whoever has it, and with another batch’s name, a changed token or none it opens nothing', async () => {
    expect((await rawRequest(app.url, foreign.link)).status).toBe(200);
    const [, , token = '', name = ''] = foreign.link.split('/');
    for (const path of [
      `/files/${token}/k7m2q4.zip`,
      `/files/${token.slice(0, -1)}/${name}`,
      `/files/${token.slice(0, -1)}${token.endsWith('0') ? '1' : '0'}/${name}`,
      `/files/${token}/`,
      `/files//${name}`,
      `/files/${token}/..%2f${name}`,
      `/files/${token}%00/${name}`,
      `/files/..%2f..%2fetc%2fpasswd/${name}`,
    ])
      expect((await rawRequest(app.url, path)).status, path).toBe(404);
  });

  it('picture is in no file of the room, by any way around', async () => {
    const [workspace = '', hash = ''] = foreign.blob.split('/');
    const room = (await app.sql`select id from workspaces where platform = 'playground'`)[0]?.id ?? workspace;
    for (const path of [
      `/playground/files/${workspace}/${hash}`,
      `/playground/files/${room}/..%2f${workspace}%2f${hash}`,
      `/playground/files/${room}/../${workspace}/${hash}`,
      `/playground/files/${room}%2f..%2f${workspace}/${hash}`,
      `/playground/files/${room}/%2e%2e%2f${workspace}%2f${hash}`,
      `/playground/files/${room}/..%5c${workspace}%5c${hash}`,
      `/playground/files/./${hash}`,
      `/playground/files/${room}/${hash}`,
    ]) {
      const answer = await rawRequest(app.url, path);
      expect([404, 400], path).toContain(answer.status);
    }
  });

  it('batch is neither shown nor changed by anything that is sent to the room', async () => {
    const before = await app.sql`select row_to_json(i)::text from images i where batch_id = ${foreign.batch}`;
    for (const action of ['status', 'cancel', 'retry', 'rerun', 'show', 'zip', 'share'])
      await postJson(app.url, 'messages', { text: `/${action} ${foreign.batch}`, user: 'ada' });
    await postJson(app.url, 'messages', { text: `/delete ${foreign.batch} 1 --sure on`, user: 'ada' });
    const shown = await rawRequest(app.url, '/playground/api/messages?user=ada');
    expect(shown.text).toContain(foreign.batch);
    expect(shown.text).not.toContain(secret);
    expect(await app.sql`select row_to_json(i)::text from images i where batch_id = ${foreign.batch}`).toEqual(before);
  });

  it('message takes no press, and is in no list', async () => {
    const body = { messageId: foreign.message, actionId: `status ${foreign.batch}`, user: 'ada' };
    expect((await postJson(app.url, 'actions', body)).status).toBe(404);
    for (const user of ['ada', 'bo', 'cy']) {
      const { text } = await rawRequest(app.url, `/playground/api/messages?user=${user}`);
      expect(text).not.toContain(secret);
    }
  });

  it('ids are in no completion, and not in what the page begins with', async () => {
    for (const text of ['/status ', '/cancel ', '/show ', '/rerun ', '/draft ']) {
      const path = `/playground/api/complete?user=ada&text=${encodeURIComponent(text)}`;
      const answer = await rawRequest(app.url, path);
      expect(answer.text, text).not.toContain(foreign.batch);
    }
    const { text } = await rawRequest(app.url, '/playground/api/bootstrap?user=ada');
    expect(text).not.toMatch(new RegExp(`${secret}|${foreign.batch}`));
  });
});

describe('injection into headers', () => {
  it.each(['%0d%0aset-cookie:%20a=b', '%0aX-Injected:%201', '"; filename="evil.exe', '%e5%98%8a%e5%98%8dset-cookie:a'])(
    'by the name of a file, %s, comes to nothing',
    async (name) => {
      const [, , token = ''] = foreign.link.split('/');
      for (const path of [`/files/${token}/${name}`, `/playground/files/x/${name}`]) {
        const { status, headers } = await rawRequest(app.url, path.replaceAll('"', '%22').replaceAll(' ', '%20'));
        expect(status, path).toBe(404);
        expect(headers['set-cookie'], path).toBeUndefined();
        expect(headers['x-injected'], path).toBeUndefined();
      }
    },
  );
});
