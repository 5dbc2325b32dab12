import { describe, expect, it } from 'vitest';
import { type Block, layOut } from '#bots/slack/outbound.ts';
import { progressBar } from '#bots/slack/progress-bar.ts';
import { createSay } from '#bots/slack/words.ts';
import { commands } from '#core/commands/index.ts';
import { briefUsage } from '#core/commands/usage.ts';
import { createI18n } from '#src/i18n.ts';
import { outgoing } from '#tests/bots/outgoing.ts';
import { typedTexts } from '#tests/contracts/typed-texts.ts';
import { checkBlocks } from '#tests/servers/slack-blocks.ts';
import { layOut as show } from '#tests/servers/slack-layout.ts';

const i18n = createI18n();
const say = createSay(i18n);
const names = { user: () => 'ada', channel: () => 'general', channelNamed: () => 'C1' };

/** What Slack would make of it; throws what it would refuse. */
function shown(blocks: Block[]) {
  const { errors } = checkBlocks(blocks, 'message', () => undefined);
  if (errors.length > 0) throw new Error(errors.join('\n'));
  return show(blocks, names, () => undefined);
}

const card = outgoing({
  tone: 'progress',
  title: { key: 'card.running', values: { count: 8 } },
  lines: [{ verbatim: 'a *red* fox in <snow>' }, { key: 'card.waiting' }],
  fields: [
    { label: { key: 'card.field.batch' }, value: { verbatim: 'k7m2q4' } },
    { label: { key: 'card.field.model' }, value: { verbatim: 'sketch' } },
  ],
  progress: { done: 3, total: 8 },
  actions: [{ id: 'cancel k7m2q4', label: { key: 'action.cancel' }, style: 'danger' }],
});

describe('a card', () => {
  it('has a header, the prompt as a quotation, a bar, its facts in columns and buttons', () => {
    const { blocks } = layOut(card, say);
    expect(blocks.map(({ type }) => type)).toEqual(['header', 'rich_text', 'section', 'actions']);
    const { text, markup, actions } = shown(blocks);
    expect(text.split('\n')).toEqual([
      'Making 8 pictures',
      'a *red* fox in <snow>',
      'Waiting for its turn.',
      '█████░░░░░░░ 3/8',
      'Batch',
      'k7m2q4',
      'Model',
      'sketch',
    ]);
    expect(markup).toEqual([
      { kind: 'quote', text: 'a *red* fox in <snow>' },
      { kind: 'bold', text: 'Batch' },
      { kind: 'bold', text: 'Model' },
    ]);
    expect(actions).toMatchObject([
      { label: 'Cancel', actionId: 'cancel k7m2q4', value: 'cancel k7m2q4', style: 'danger' },
    ]);
  });

  it('says the same to notifications, escaped', () => {
    expect(layOut(card, say).text).toBe(
      'Making 8 pictures\na *red* fox in &lt;snow&gt;\nWaiting for its turn.\nBatch · k7m2q4\nModel · sketch',
    );
  });

  it('is in the language of its reader', () => {
    const { text } = shown(layOut({ ...card, locale: 'zh-TW' }, say).blocks);
    expect(text).toContain(i18n.say({ key: 'card.waiting' }, { locale: 'zh-TW', timeZone: 'UTC' }));
  });
});

it.each(Object.entries(typedTexts))('renders nothing of %s, wherever it stands', (_, typed) => {
  const { blocks, text } = layOut(
    outgoing({
      title: { verbatim: typed },
      lines: [{ verbatim: typed }, { key: 'errors.attachment.notImage', values: { name: typed } }],
      fields: [{ label: { verbatim: typed }, value: { verbatim: typed } }],
      actions: [{ id: 'do it', label: { verbatim: typed.slice(0, 20) }, style: 'primary' }],
    }),
    say,
  );
  const seen = shown(blocks);
  expect(seen.text.split(typed)).toHaveLength(6);
  expect(seen.pings).toEqual([]);
  // Bold is ours: of a title that is no header, and of a label.
  expect(seen.markup.filter(({ kind, text: marked }) => kind !== 'bold' || marked !== typed)).toEqual([]);
  expect(text).not.toMatch(/<[^>]*>/);
});

it('warns with a sign before what went wrong', () => {
  const { blocks } = layOut(outgoing({ tone: 'error', lines: [{ key: 'errors.command.none' }] }), say);
  expect(shown(blocks)).toMatchObject({ markup: [{ kind: 'emoji', text: ':warning:' }] });
});

it('shows long facts one below the other, commands as code', () => {
  const help = outgoing({
    fields: commands.map((command) => ({
      label: { verbatim: briefUsage(command) },
      value: { key: `commands.${command.name}.description` as 'commands.help.description' },
    })),
  });
  const { text, markup } = shown(layOut(help, say).blocks);
  expect(markup).toContainEqual({ kind: 'code', text: '/help [command]' });
  expect(text).toContain('/help [command]\nSee what Easel can do');
});

it('names commands as they are typed in Slack, in our own words alone', () => {
  const reader = { locale: 'en', timeZone: 'UTC' };
  const unknown = say({ key: 'errors.batch.unknown', values: { batch: '/status' } }, reader);
  expect(unknown).toBe('You have no batch “/status” here. /easel status lists yours.');
  expect(say({ verbatim: '/status lists yours' }, reader)).toBe('/status lists yours');
  expect(say({ verbatim: '/status [batch]' }, reader)).toBe('/easel status [batch]');
  expect(say({ key: 'commands.help.intro' }, reader)).toContain('/imagine');
});

it('makes a link of an address of ours, and of none that somebody typed', () => {
  const url = 'https://easel.example/files/0123/k7m2q4.zip';
  const lines = [{ key: 'card.waiting' } as const, { url }, { verbatim: 'https://typed.example' }];
  const { markup } = shown(layOut(outgoing({ lines }), say).blocks);
  expect(markup).toEqual([{ kind: 'link', text: url, target: url }]);
});

describe('limits', () => {
  const long = 'word & '.repeat(2000);

  it('of a header and of the fallback are kept by other means', () => {
    const { blocks, text } = layOut(outgoing({ title: { verbatim: long.slice(0, 200) } }), say);
    expect(blocks.map(({ type }) => type)).toEqual(['rich_text']);
    expect(text.length).toBeLessThanOrEqual(4000);
    expect(layOut(outgoing({ lines: [{ verbatim: long }] }), say).text).toMatch(/&amp; word …$|&amp; …$|word…$/);
  });

  it('of buttons and fields are kept', () => {
    const actions = Array.from({ length: 30 }, (_, index) => ({
      id: `show ${index}`,
      label: { verbatim: long.slice(0, 100) },
      style: 'secondary' as const,
    }));
    const fields = Array.from({ length: 30 }, (_, index) => ({
      label: { verbatim: `fact ${index}` },
      value: { verbatim: `${index}` },
    }));
    const seen = shown(layOut(outgoing({ actions, fields }), say).blocks);
    expect(seen.actions).toHaveLength(30);
    expect(seen.actions.every(({ label }) => label.endsWith('…'))).toBe(true);
    expect(seen.text).toContain('fact 29\n29');
  });

  it('of a text that may not be empty are kept', () => {
    expect(layOut(outgoing({}), say)).toEqual({ text: '…', blocks: [] });
    const empty = { verbatim: '' };
    expect(
      layOut(outgoing({ title: empty, lines: [empty], fields: [{ label: empty, value: empty }] }), say).blocks,
    ).toEqual([]);
  });
});

describe('the bar', () => {
  it.each([
    [0, 8, '░░░░░░░░░░░░ 0/8'],
    [1, 500, '█░░░░░░░░░░░ 1/500'],
    [499, 500, '███████████░ 499/500'],
    [1200, 1200, '████████████ 1,200/1,200'],
    [0, 0, '░░░░░░░░░░░░ 0/0'],
  ])('%i of %i', (done, total, bar) => {
    expect(progressBar({ done, total }, 'en')).toBe(bar);
  });
});
