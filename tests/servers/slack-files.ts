import { ApiRefusal } from '#tests/servers/slack-faults.ts';
import type { Json, Message, SlackFile, Workspace, World } from '#tests/servers/slack-world.ts';

const magic: [type: string, matches: (bytes: Uint8Array, text: string) => boolean][] = [
  ['image/png', (_, text) => text.startsWith('\x89PNG')],
  ['image/jpeg', ([first, second]) => first === 0xff && second === 0xd8],
  ['image/gif', (_, text) => text.startsWith('GIF8')],
  ['image/webp', (_, text) => text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP'],
  ['image/avif', (_, text) => text.slice(4, 12) === 'ftypavif'],
  ['application/zip', (_, text) => text.startsWith('PK')],
  ['application/pdf', (_, text) => text.startsWith('%PDF')],
];

const endings: Record<string, string> = {
  csv: 'text/csv',
  json: 'application/json',
  md: 'text/markdown',
  txt: 'text/plain',
  zip: 'application/zip',
};

/** The type Slack finds out: by the bytes, then by the name. */
export function typeOf(bytes: Uint8Array, name: string): string {
  const head = Buffer.from(bytes.subarray(0, 16)).toString('latin1');
  const known = magic.find(([, matches]) => matches(bytes, head))?.[0];
  return known ?? endings[name.toLowerCase().split('.').at(-1) ?? ''] ?? 'text/plain';
}

/** What this workspace's admins do not let in. @throws {ApiRefusal} */
export function requireUploadAllowed(team: Workspace, name: string, length: number, bytesMax: number): void {
  if (team.uploads === 'disabled') throw new ApiRefusal('file_uploads_disabled');
  if (team.uploads === 'images_only' && !/\.(png|jpe?g|gif|webp|heic|bmp)$/i.test(name)) {
    throw new ApiRefusal('file_uploads_except_images_disabled');
  }
  if (length > bytesMax) throw new ApiRefusal('file_upload_size_restricted');
}

export function newFile(
  world: World,
  file: Pick<SlackFile, 'teamId' | 'userId' | 'name' | 'length'> & Partial<SlackFile>,
): SlackFile {
  const blank = { title: file.name, alt: '', type: '', completed: false, processed: false, deleted: false, shares: [] };
  const added: SlackFile = { ...blank, createdAt: world.now(), ...file, id: world.newId('F') };
  world.files.set(added.id, added);
  return added;
}

/** A file as Slack describes it: type and shares stay empty until it is processed. */
export function fileJson(world: World, file: SlackFile): Json {
  const type = file.processed ? file.type : '';
  const origin = world.origin();
  const path = `${world.filesOrigin()}/files-pri/${file.teamId}-${file.id}`;
  const shares: Record<'public' | 'private', Record<string, Json[]>> = { public: {}, private: {} };
  for (const { channelId, ts, threadTs } of file.shares) {
    const channel = world.channels.get(channelId);
    const share = {
      ts,
      channel_name: channel?.name,
      team_id: file.teamId,
      ...(threadTs ? { thread_ts: threadTs } : {}),
    };
    const group = shares[channel?.kind === 'public' ? 'public' : 'private'];
    group[channelId] = [
      ...(group[channelId] ?? []),
      { reply_users: [], reply_users_count: 0, reply_count: 0, ...share },
    ];
  }
  const sharedIn = (kind: string) =>
    file.shares.map(({ channelId }) => channelId).filter((id) => world.channels.get(id)?.kind === kind);
  const name = encodeURIComponent(file.name);
  return {
    id: file.id,
    created: Math.floor(file.createdAt / 1000),
    timestamp: Math.floor(file.createdAt / 1000),
    name: file.name,
    title: file.title,
    mimetype: type,
    filetype: type.split('/')[1] ?? '',
    pretty_type: type.split('/')[1]?.toUpperCase() ?? '',
    user: file.userId,
    user_team: file.teamId,
    editable: false,
    size: file.length,
    mode: 'hosted',
    is_external: false,
    external_type: '',
    is_public: sharedIn('public').length > 0,
    public_url_shared: false,
    display_as_bot: false,
    username: '',
    url_private: `${path}/${name}`,
    url_private_download: `${path}/download/${name}`,
    media_display_type: 'unknown',
    ...(file.alt === '' ? {} : { alt_txt: file.alt }),
    permalink: `${origin}/files/${file.userId}/${file.id}/${name}`,
    channels: sharedIn('public'),
    groups: sharedIn('private'),
    ims: sharedIn('im'),
    shares: Object.fromEntries(Object.entries(shares).filter(([, channels]) => Object.keys(channels).length > 0)),
    has_rich_preview: false,
    file_access: 'visible',
    comments_count: 0,
  };
}

/** Takes a file out of every message, which keeps its id alone; a message that says nothing else goes with it. */
export function removeFile(world: World, file: SlackFile): void {
  file.deleted = true;
  delete file.bytes;
  const messages = [...world.channels.values()].flatMap((channel) => channel.messages);
  for (const message of messages.filter(({ files }) => files.includes(file))) {
    message.files = message.files.filter((other) => other !== file);
    message.tombstones = [...(message.tombstones ?? []), file.id];
    message.deleted ||= message.files.length === 0 && message.text === '' && message.blocks.length === 0;
  }
  world.changes.emit('change');
}

/** The files of a message as payloads hold them: of a deleted one nothing is left but its id (rusq/slackdump#270). */
export function filesJson(world: World, { files, tombstones = [] }: Pick<Message, 'files' | 'tombstones'>): Json[] {
  return [...files.map((file) => fileJson(world, file)), ...tombstones.map((id) => ({ id, mode: 'tombstone' }))];
}
