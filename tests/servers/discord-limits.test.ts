import { DiscordAPIError } from 'discord.js';
import { describe, expect, test } from 'vitest';
import { file, openGuild } from '#tests/servers/discord-scene.ts';
import { fieldCodesOf } from '#tests/servers/discord-sdk.ts';

const isComponentsV2 = 1 << 15;
const text = (content: string) => ({ type: 10, content });
const button = (custom_id: string, label = 'x') => ({ type: 2, style: 1, custom_id, label });
const row = (...components: unknown[]) => ({ type: 1, components });
const gallery = (...urls: string[]) => ({ type: 12, items: urls.map((url) => ({ media: { url } })) });
const v2 = (...components: unknown[]) => ({ flags: isComponentsV2, components });
const select = (count: number) => ({
  type: 3,
  custom_id: 's',
  options: Array.from({ length: count }, (_, index) => ({ label: `${index}`, value: `${index}` })),
});

const { send } = await openGuild({ fileBytesMax: 1000, requestBytesMax: 20_000 });

describe('the limits of messages', () => {
  const refused: [string, unknown, number, string?][] = [
    ['an empty message', { content: ' ' }, 50006],
    ['content over 2,000', { content: 'x'.repeat(2001) }, 50035, 'BASE_TYPE_MAX_LENGTH'],
    [
      'content beside Components V2',
      { content: 'x', ...v2(text('x')) },
      50035,
      'MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2',
    ],
    [
      'embeds beside Components V2',
      { embeds: [{ title: 'x' }], ...v2(text('x')) },
      50035,
      'MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2',
    ],
    ['new components without their flag', { components: [text('x')] }, 50035, 'UNION_TYPE_CHOICES'],
    ['an unknown component', v2({ type: 99 }), 50035, 'UNION_TYPE_CHOICES'],
    [
      'a container in a container',
      v2({ type: 17, components: [{ type: 17, components: [text('x')] }] }),
      50035,
      'UNION_TYPE_CHOICES',
    ],
    [
      '41 components, nesting counted',
      v2({ type: 17, components: Array.from({ length: 40 }, () => text('x')) }),
      50035,
      'COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED',
    ],
    [
      '4,001 characters in two texts',
      v2(text('x'.repeat(4000)), text('y')),
      50035,
      'COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED',
    ],
    [
      '11 pictures in a gallery',
      v2(gallery(...Array.from({ length: 11 }, () => 'https://a.b/c.png'))),
      50035,
      'BASE_TYPE_BAD_LENGTH',
    ],
    ['an empty gallery', v2(gallery()), 50035, 'BASE_TYPE_BAD_LENGTH'],
    [
      'a picture that is not attached',
      v2(gallery('attachment://fox.png')),
      50035,
      'UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND',
    ],
    [
      'six buttons in a row',
      v2(row(...['a', 'b', 'c', 'd', 'e', 'f'].map((id) => button(id)))),
      50035,
      'BASE_TYPE_BAD_LENGTH',
    ],
    ['the same custom id twice', v2(row(button('a')), row(button('a'))), 50035, 'COMPONENT_CUSTOM_ID_DUPLICATED'],
    ['a custom id over 100', v2(row(button('x'.repeat(101)))), 50035, 'BASE_TYPE_BAD_LENGTH'],
    ['an empty custom id', v2(row(button(''))), 50035, 'BASE_TYPE_BAD_LENGTH'],
    ['a button without custom id', v2(row({ type: 2, style: 1, label: 'x' })), 50035, 'BASE_TYPE_REQUIRED'],
    ['a label over 80', v2(row(button('a', 'x'.repeat(81)))), 50035, 'BASE_TYPE_MAX_LENGTH'],
    ['26 options', v2(row(select(26))), 50035, 'BASE_TYPE_BAD_LENGTH'],
    [
      'embeds over 6,000 together',
      { embeds: [{ description: 'x'.repeat(4000) }, { description: 'x'.repeat(2001) }] },
      50035,
      'MAX_EMBED_SIZE_EXCEEDED',
    ],
    ['a nonce over 25', { content: 'x', nonce: 'x'.repeat(26) }, 50035, 'BASE_TYPE_MAX_LENGTH'],
    ['a reply to nothing', { content: 'x', message_reference: { message_id: '1' } }, 50035, 'REPLIES_UNKNOWN_MESSAGE'],
    [
      'mentions allowed twice',
      { content: 'x', allowed_mentions: { parse: ['users'], users: ['1'] } },
      50035,
      'MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE',
    ],
  ];
  test.each(refused)('refuses %s', async (_, body, code, field) => {
    const error = await send(body).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(DiscordAPIError);
    expect(error).toMatchObject({ code });
    if (field) expect(fieldCodesOf(error)).toContain(field);
  });

  test('takes what is just within them', async () => {
    await send({ content: 'x'.repeat(2000), nonce: 'x'.repeat(25) });
    await send(v2({ type: 17, components: Array.from({ length: 39 }, () => text('x'.repeat(100))) }));
    await send(v2(row(...['a', 'b', 'c', 'd', 'e'].map((id) => button(id))), row(select(25))));
    const names = Array.from({ length: 10 }, (_, index) => `${index}.png`);
    await send(
      v2(gallery(...names.map((name) => `attachment://${name}`))),
      names.map((name) => file(name, 1000)),
    );
  });

  test('breaks over texts of more than 10,170 bytes, as Discord does', async () => {
    await expect(send(v2(text('狐'.repeat(3386))))).resolves.toBeDefined();
    await expect(send(v2(text('狐'.repeat(3387))))).rejects.toMatchObject({ status: 500 });
  });

  test('refuses an eleventh file, a large file and a large request', async () => {
    const eleven = Array.from({ length: 11 }, (_, index) => file(`${index}.png`));
    await expect(send({ content: 'x' }, eleven)).rejects.toMatchObject({ code: 30015 });
    await expect(send({ content: 'x' }, [file('a.png', 1001)])).rejects.toMatchObject({ code: 40005, status: 413 });
    const large = Array.from({ length: 9 }, (_, index) => file(`${index}.png`, 3000));
    await expect(send({ content: 'x' }, large)).rejects.toMatchObject({ code: 40005, status: 413 });
  });
});
