import { describe, expect, it } from 'vitest';
import { budgets } from '#bots/slack/limits.ts';
import type { OutgoingImage, OutgoingMessage } from '#core/ports/message.ts';
import { i18n } from '#tests/bots/bot-deps.ts';
import { outgoing, planned, titled } from '#tests/bots/outgoing.ts';
import { card, failed, open } from '#tests/bots/slack/sending-scene.ts';
import { fourColors } from '#tests/media/pictures.ts';
import type { Fault } from '#tests/servers/slack-faults.ts';

describe('a gallery', () => {
  it('is one message with all its pictures below the card, in order, each with its description', async () => {
    const { platform, to, attempt, gallery, seen, called } = await open();
    const under = { card: await card(platform, to, attempt()), thread: false };
    const message = await gallery(10);
    const ref = await platform.send(to, message, attempt({ under }));
    const [, shown] = seen();
    expect(shown).toMatchObject({ text: 'gallery', thread: under.card.message, ts: ref.message });
    expect(shown?.images.map(({ alt }) => alt)).toEqual(
      message.images.map(({ alt }) => i18n.say(alt, { locale: 'en', timeZone: 'UTC' })),
    );
    expect(called('files.completeUploadExternal')).toHaveLength(1);
    expect(seen()).toHaveLength(2);
  });

  it('goes to the thread of the conversation, where there is one', async () => {
    const { platform, to, attempt, gallery, seen, user, channel } = await open();
    const { message: root } = await user.write(channel, 'hello');
    const inThread = { ...to, thread: root.ts };
    const under = { card: await card(platform, inThread, attempt()), thread: true };
    await platform.send(inThread, await gallery(2), attempt({ under }));
    expect(seen().map(({ thread }) => thread)).toEqual([root.ts, root.ts]);
  });

  it('comes to the channel when its card is somewhere else', async () => {
    const { platform, to, attempt, gallery, seen } = await open();
    const elsewhere = { platform: 'slack', channel: 'C0ELSEWHERE', message: '1700000000.000001' };
    await platform.send(to, await gallery(1), attempt({ under: { card: elsewhere, thread: true } }));
    expect(seen()).toMatchObject([{ text: 'gallery' }]);
    expect(seen()[0]).not.toHaveProperty('thread');
  });

  it.each(['invalid_thread_ts', 'thread_not_found', 'cannot_reply_to_message'])(
    'comes to the channel when Slack answers %s',
    async (error) => {
      const { platform, to, attempt, gallery, seen, fail } = await open();
      fail('files.completeUploadExternal', { kind: 'refused', error });
      fail('chat.postMessage', { kind: 'refused', error });
      const inThread = { ...to, thread: '1700000000.000001' };
      await platform.send(inThread, await gallery(1), attempt());
      const { handle: _, ...other } = attempt({ key: 'words' });
      await platform.send(inThread, titled('words'), other);
      expect(seen().map(({ text, thread }) => [text, thread])).toEqual([
        ['gallery', undefined],
        ['words', undefined],
      ]);
    },
  );

  it('is found when its answer was lost, though all its pictures are deleted by now, and loses them', async () => {
    const { platform, to, attempt, gallery, seen, fail } = await open();
    const message = await gallery(2);
    fail('files.completeUploadExternal', { kind: 'cut_after' });
    await expect(platform.send(to, message, attempt())).rejects.toThrow();
    const ref = await platform.send(to, { ...message, images: [] }, attempt());
    await platform.edit(ref, { ...message, images: [] }, attempt());
    expect(seen().map(({ images }) => images.length)).toEqual([0]);
  });

  it('is not shown again when the answer was lost', async () => {
    const { platform, to, attempt, gallery, seen, fail } = await open();
    const message = await gallery(3);
    fail('files.completeUploadExternal', { kind: 'cut_after' });
    expect(await failed(platform.send(to, message, attempt()))).toMatchObject({ reason: 'network', retryable: true });
    const ref = await platform.send(to, message, attempt());
    expect(seen()).toMatchObject([{ ts: ref.message, images: { length: 3 } }]);
  });

  it('is shown when the process died between the upload and its end', async () => {
    const { platform, to, attempt, gallery, seen, fail, called } = await open();
    const message = await gallery(3);
    fail('files.completeUploadExternal', { kind: 'drop' });
    expect(await failed(platform.send(to, message, attempt()))).toMatchObject({ reason: 'network', retryable: true });
    await platform.send(to, message, attempt());
    expect(seen()).toMatchObject([{ images: { length: 3 } }]);
    expect(called('upload')).toHaveLength(3);
  });

  it('is waited for while Slack processes it, over several tries, without a second one', async () => {
    const { platform, to, attempt, gallery, seen, fail, server } = await open({ timing: { looks: [1, 1] } });
    const message = await gallery(2);
    fail('files.completeUploadExternal', { kind: 'slow_processing', delayMs: 60_000 });
    const error = { reason: 'server', retryable: true, retryAfterMs: expect.any(Number) };
    expect(await failed(platform.send(to, message, attempt()))).toMatchObject(error);
    expect(await failed(platform.send(to, message, attempt()))).toMatchObject(error);
    server.advance(60_000);
    const ref = await platform.send(to, message, attempt());
    expect(seen()).toMatchObject([{ ts: ref.message, images: { length: 2 } }]);
  });

  it('is made anew when its files have been shown nowhere for too long', async () => {
    const { platform, to, attempt, gallery, seen, fail, handles } = await open({ timing: { looks: [1, 20, 20, 20] } });
    const message = await gallery(2);
    fail('files.completeUploadExternal', { kind: 'unshared' });
    expect(await failed(platform.send(to, message, attempt()))).toMatchObject({ retryable: true });
    const kept = JSON.parse(handles.at(-1) ?? '{}');
    const old = JSON.stringify({ ...kept, completedAt: kept.completedAt - 10 * 60_000 });
    await platform.send(to, message, attempt({ handle: old, repeat: true }));
    expect(seen()).toMatchObject([{ images: { length: 2 } }]);
  });

  it('is made anew when Slack knows its files no more', async () => {
    const { platform, to, attempt, gallery, seen } = await open();
    const handle = JSON.stringify({ files: [{ id: 'F0123456789', title: 'x' }], leftOut: [] });
    await platform.send(to, await gallery(2), attempt({ handle, repeat: true }));
    expect(seen()).toMatchObject([{ images: { length: 2 } }]);
  });

  it.each([
    ['an upload address', 'files.getUploadURLExternal'],
    ['the upload', 'upload'],
  ])('is tried again as a whole when %s fails for a moment', async (_, method) => {
    const { platform, to, attempt, gallery, seen, fail } = await open();
    const message = await gallery(2);
    fail(method, { kind: 'server_error' });
    expect(await failed(platform.send(to, message, attempt()))).toMatchObject({ reason: 'server', retryable: true });
    expect(seen()).toEqual([]);
    await platform.send(to, message, attempt());
    expect(seen()).toMatchObject([{ images: { length: 2 } }]);
  });

  it('leaves out the picture that Slack refuses, and says which', async () => {
    const { platform, to, attempt, gallery, seen, server } = await open();
    const isSecond: Fault['match'] = ({ method, body }) =>
      method === 'files.getUploadURLExternal' && body.filename === 'k7m2q4-2.png';
    server.fail({ match: isSecond, kind: 'refused', error: 'file_type_not_allowed' });
    await platform.send(to, await gallery(3), attempt());
    const [shown] = seen();
    expect(shown?.images.map(({ name }) => name)).toEqual(['k7m2q4-1.png', 'k7m2q4-3.png']);
    const values = { count: 1, numbers: { list: [2] } };
    expect(shown?.text).toContain(i18n.say({ key: 'delivery.leftOut', values }, { locale: 'en', timeZone: 'UTC' }));
  });

  it('says why where the workspace takes no uploads, and counts as shown', async () => {
    const { platform, to, attempt, gallery, seen, team } = await open();
    team.setUploads('disabled');
    const under = { card: await card(platform, to, attempt()), thread: true };
    const ref = await platform.send(to, await gallery(3), attempt({ under }));
    const [, shown] = seen();
    const sentence = i18n.say({ key: 'slack.uploads.closed' }, { locale: 'en', timeZone: 'UTC' });
    expect(shown).toMatchObject({ ts: ref.message, thread: under.card.message, images: [] });
    expect(shown?.text).toContain(sentence);
  });

  it('brings what Slack does not preview to a format that it does, and leaves files as they are', async () => {
    const { platform, to, attempt, blobs, seen } = await open();
    const webp = await fourColors(64, 32).webp({ lossless: true }).toBuffer();
    const image: OutgoingImage = {
      ...{ blob: await blobs.put('w', webp), type: 'webp', width: 64, height: 32 },
      ...{ alt: { verbatim: 'four colours' }, name: 'k7m2q4-1.webp' },
    };
    const first = attempt();
    await platform.send(to, outgoing({ images: [image] }), first);
    await platform.send(to, outgoing({ images: [image], imagesAs: 'files' }), first);
    const [picture, file] = seen().flatMap(({ images }) => images);
    expect(picture?.type).toMatch(/^image\/(png|jpeg)$/);
    expect(picture?.name).toMatch(/^k7m2q4-1\.(png|jpg)$/);
    expect(Buffer.from(file?.bytes ?? []).equals(webp)).toBe(true);
  });
});

describe('a picture that is taken away', () => {
  const without = (message: OutgoingMessage, ...gone: number[]) => ({
    ...message,
    images: message.images.filter((_, index) => !gone.includes(index + 1)),
  });

  it('is deleted as a file, by the ids that were kept when it was sent, and the others stay', async () => {
    const { platform, to, attempt, gallery, seen, called, server } = await open();
    const message = await gallery(3);
    const ref = await platform.send(to, message, attempt());
    for (let time = 0; time < 2; time += 1) await platform.edit(ref, without(message, 2), attempt());
    expect(seen()[0]?.images.map(({ name }) => name)).toEqual(['k7m2q4-1.png', 'k7m2q4-3.png']);
    expect(called('files.delete')).toHaveLength(2);
    expect(server.violations).toEqual([]);
  });

  it('goes though the message of the file is gone, which is said', async () => {
    const { platform, to, attempt, gallery, fail, called } = await open();
    const message = await gallery(2);
    const ref = await platform.send(to, message, attempt());
    fail('chat.update', { kind: 'refused', error: 'message_not_found' });
    const edit = platform.edit(ref, without(message, 1), attempt());
    expect(await failed(edit)).toMatchObject({ reason: 'missing', retryable: false });
    expect(called('files.delete')).toHaveLength(1);
  });

  it.each(['cant_delete_file', 'file_deleting_disabled'])(
    'and is kept by Slack with %s is no failure of the channel, and is not tried again',
    async (error) => {
      const { platform, to, attempt, gallery, fail } = await open();
      const message = await gallery(2);
      const ref = await platform.send(to, message, attempt());
      fail('files.delete', { kind: 'refused', error });
      const edit = platform.edit(ref, without(message, 1), attempt());
      expect(await failed(edit)).toMatchObject({ reason: 'bad_request', retryable: false });
    },
  );

  describe('and one that comes into its place', () => {
    /** A gallery with a contact sheet, sent below its card; `redrawn` has the sheet without the picture of that number. */
    async function sheetGallery(options: Parameters<typeof open>[0] = {}) {
      const scene = await open(options);
      const { platform, to, attempt, blobs, gallery } = scene;
      const sheetOf = async (version: string, width: number): Promise<OutgoingImage> => {
        const blob = await blobs.put('w', await fourColors(width, 20).jpeg().toBuffer());
        const [slot, alt] = ['k7m2q4-sheet-1', { verbatim: `sheet ${version}` }];
        return { blob, type: 'jpeg', width, height: 20, alt, name: `${slot}${version}.jpg`, slot };
      };
      const pictures = await gallery(3);
      const message = { ...pictures, images: [await sheetOf('', 40), ...pictures.images] };
      const under = { card: await card(platform, to, attempt()), thread: true };
      const ref = await platform.send(to, message, attempt({ under }));
      const redrawn = async (number: number): Promise<OutgoingMessage> => ({
        ...message,
        images: [
          await sheetOf(`-0000000${number}`, 40 + number),
          ...pictures.images.filter((_, index) => index + 1 > number),
        ],
      });
      const edit = async (part: OutgoingMessage) => platform.edit(ref, part, { ...attempt({ under }), to });
      const files = () => scene.seen().map(({ thread, images }) => [thread, images.map(({ name }) => name)]);
      const thread = under.card.message;
      return { ...scene, message, redrawn, edit, files, thread };
    }

    it('is posted in the same thread, once, however often the message is edited', async () => {
      const { redrawn, edit, files, seen, thread, called } = await sheetGallery();
      const part = await redrawn(1);
      for (let time = 0; time < 3; time += 1) await edit(part);
      expect(files().slice(1)).toEqual([
        [thread, ['k7m2q4-2.png', 'k7m2q4-3.png']],
        [thread, ['k7m2q4-sheet-1-00000001.jpg']],
      ]);
      const words = i18n.say({ key: 'slack.redrawn', values: { count: 1 } }, { locale: 'en', timeZone: 'UTC' });
      expect(seen()[2]?.text).toBe(words);
      expect(called('files.completeUploadExternal')).toHaveLength(2);
    });

    it('goes when the next one comes', async () => {
      const { redrawn, edit, files, thread } = await sheetGallery();
      await edit(await redrawn(1));
      await edit(await redrawn(2));
      const names = files().flatMap(([, images]) => images);
      expect(names).toEqual(['k7m2q4-3.png', 'k7m2q4-sheet-1-00000002.jpg']);
      expect(files().at(-1)?.[0]).toBe(thread);
    });

    it('is posted by no edit before it is drawn, and by none when no picture is left', async () => {
      const { message, edit, files, thread } = await sheetGallery();
      const [sheet, , ...others] = message.images;
      if (!sheet) throw new Error('there is no sheet');
      const outdated = { ...sheet, name: 'k7m2q4-sheet-1-0000000f.jpg', outdated: true } as const;
      await edit({ ...message, images: [outdated, ...others] });
      expect(files().slice(1)).toEqual([[thread, ['k7m2q4-2.png', 'k7m2q4-3.png']]]);
      await edit({ ...message, images: [] });
      expect(files().slice(1)).toEqual([[thread, []]]);
    });

    it.each([
      ['before the upload', 'files.getUploadURLExternal', { kind: 'drop' }, 5],
      ['between the upload and its end', 'files.completeUploadExternal', { kind: 'drop' }, 5],
      ['behind its end', 'files.completeUploadExternal', { kind: 'cut_after' }, 5],
      ['before the words are changed', 'chat.update', { kind: 'drop' }, 5],
    ] as const)('is shown once where the process died %s', async (_, method, fault, uploads) => {
      const { redrawn, edit, files, fail, called, thread } = await sheetGallery();
      const part = await redrawn(1);
      fail(method, fault);
      expect(await failed(edit(part))).toMatchObject({ retryable: true });
      await edit(part);
      expect(files().slice(2)).toEqual([[thread, ['k7m2q4-sheet-1-00000001.jpg']]]);
      expect(called('upload')).toHaveLength(uploads);
    });

    it('is waited for while Slack processes it, and another that comes meanwhile is the one that stays', async () => {
      const { redrawn, edit, files, fail, server, thread } = await sheetGallery({ timing: { looks: [1, 10, 10] } });
      fail('files.completeUploadExternal', { kind: 'slow_processing', delayMs: 60_000 });
      expect(await failed(edit(await redrawn(1)))).toMatchObject({ reason: 'server', retryable: true });
      await edit(await redrawn(2));
      server.advance(60_000);
      const shown = files().filter(([, images]) => images?.length);
      expect(shown.slice(1)).toEqual([[thread, ['k7m2q4-sheet-1-00000002.jpg']]]);
    });

    it('is not posted where the workspace takes no uploads any more, and the old one goes', async () => {
      const { redrawn, edit, files, team, thread } = await sheetGallery();
      team.setUploads('disabled');
      await edit(await redrawn(1));
      expect(files().slice(1)).toEqual([[thread, ['k7m2q4-2.png', 'k7m2q4-3.png']]]);
    });

    it('draws on the rates of an upload', () => {
      const drawn = budgets(planned('edit', { workspace: 'T1', removed: 4, replaced: 1 }));
      expect(drawn.map(({ key, cost }) => [key.split(':')[0], cost])).toEqual([
        ['chat.update', 1],
        ['files.delete', 5],
        ['files.getUploadURLExternal', 1],
        ['files.completeUploadExternal', 1],
        ['files.info', 9],
      ]);
    });
  });

  it('draws on the rate of its method', () => {
    const drawn = budgets(planned('edit', { workspace: 'T1', removed: 4 }));
    expect(drawn.map(({ key, cost }) => [key, cost])).toEqual([
      ['chat.update:T1', 1],
      ['files.delete:T1', 4],
    ]);
  });
});
