import { expect, it } from 'vitest';
import { buildForm, readForm } from '#bots/slack/form.ts';
import { createSay } from '#bots/slack/words.ts';
import { createI18n } from '#src/i18n.ts';
import { checkBlocks } from '#tests/servers/slack-blocks.ts';

const say = createSay(createI18n());

function build(locale: string, prompt = '') {
  const choices = new Map([
    ['ar', ['1:1', '16:9']],
    ['model', ['sketch', 'x'.repeat(151)]],
    ['quality', ['low', 'high']],
  ]);
  const place = { channel: { id: 'C1', name: 'general' } };
  const view = buildForm({ place, prompt, choices, say: (text) => say(text, { locale, timeZone: 'UTC' }) });
  return { view, blocks: view.blocks as { block_id: string; optional: boolean; element: Record<string, unknown> }[] };
}

it.each(['en', 'zh-TW'])('asks for what the command declares, as Slack takes it, in %s', (locale) => {
  const { view, blocks } = build(locale);
  expect(checkBlocks(view.blocks, 'modal', () => undefined).errors).toEqual([]);
  expect(blocks.map(({ block_id, element, optional }) => [block_id, element.type, optional])).toEqual([
    ['prompt', 'plain_text_input', false],
    ['n', 'number_input', true],
    ['ar', 'static_select', true],
    ['seed', 'number_input', true],
    ['model', 'static_select', true],
    ['quality', 'static_select', true],
    ['style', 'plain_text_input', true],
    ['no', 'plain_text_input', true],
    ['enhance', 'static_select', true],
    ['repeat', 'number_input', true],
    ['preset', 'plain_text_input', true],
    ['draft', 'static_select', true],
    ['private', 'static_select', true],
    ['files', 'file_input', true],
  ]);
  for (const name of ['title', 'submit', 'close']) {
    const { text } = view[name] as { text: string };
    expect(text.length).toBeLessThanOrEqual(24);
    expect(text).not.toContain('…');
  }
});

it('begins with the words it was asked for with, as many as fit', () => {
  expect(build('en', 'a fox <3').blocks[0]?.element.initial_value).toBe('a fox <3');
  expect(String(build('en', 'x'.repeat(5000)).blocks[0]?.element.initial_value)).toHaveLength(3000);
  expect(build('en').blocks[0]?.element).not.toHaveProperty('initial_value');
});

it('offers no choice that Slack would refuse', () => {
  expect(build('en').blocks[4]?.element.options).toMatchObject([{ value: 'sketch' }]);
});

it('takes what is typed into a field as one value', () => {
  const metadata = JSON.stringify({ channel: { id: 'C1', name: 'general' } });
  const typed = { prompt: 'a fox', no: 'many hands', repeat: '2' };
  const state = Object.fromEntries(Object.entries(typed).map(([name, value]) => [name, { [name]: { value } }]));
  expect(readForm(metadata, state)?.text).toBe('/imagine a fox\n--no "many hands" --repeat 2');
});
