import {
  at,
  type Checks,
  checkChoice,
  checkKeys,
  checkList,
  checkString,
  checkText,
  plainOnly,
} from '#tests/servers/slack-checks.ts';
import {
  accessoryElements,
  actionElements,
  checkElement,
  checkImage,
  contextActionElements,
  inputElements,
} from '#tests/servers/slack-elements.ts';
import { arrayOf, isObject } from '#tests/servers/slack-layout.ts';
import { checkRichText } from '#tests/servers/slack-rich-text.ts';
import type { Json, SlackFile } from '#tests/servers/slack-world.ts';

export type Surface = 'message' | 'modal' | 'home';

interface Context extends Checks {
  surface: Surface;
  blockIds: Set<unknown>;
  fileOf(id: string): SlackFile | undefined;
}

interface BlockRule {
  /** What it may hold beside `type` and `block_id`. */
  holds: readonly string[];
  messageOnly?: true;
  check(context: Context, block: Json, pointer: string): void;
}

const taskStates = ['pending', 'in_progress', 'complete', 'error'];
const childBlocks = ['actions', 'context', 'divider', 'header', 'image', 'input', 'rich_text', 'section', 'table'];

/** docs.slack.dev/reference/block-kit/blocks and @slack/types 3.2. Blocks that apps cannot send, or need a scope, are left out. */
const rules: Record<string, BlockRule | undefined> = {
  actions: { holds: ['elements'], check: elementsOf(25, actionElements) },
  context: { holds: ['elements'], check: elementsOf(10, ['image', 'plain_text', 'mrkdwn']) },
  context_actions: { holds: ['elements'], messageOnly: true, check: elementsOf(5, contextActionElements) },
  divider: { holds: [], check() {} },
  header: {
    holds: ['text'],
    check: (context, { text }, pointer) =>
      checkText(context, text, `${pointer}/text`, { most: 150, kinds: plainOnly, required: true }),
  },
  image: {
    holds: ['image_url', 'slack_file', 'alt_text', 'title'],
    check(context, block, pointer) {
      checkText(context, block.title, `${pointer}/title`, { most: 2000, kinds: plainOnly });
      checkImage(context, block, pointer, context.fileOf);
    },
  },
  markdown: { holds: ['text'], messageOnly: true, check: wordsOf('text', 12_000) },
  rich_text: {
    holds: ['elements'],
    check: (context, { elements }, pointer) => checkRichText(context, elements, `${pointer}/elements`),
  },
  section: {
    holds: ['text', 'fields', 'accessory', 'expand'],
    check(context, { text, fields, accessory }, pointer) {
      checkText(context, text, `${pointer}/text`, { most: 3000, required: fields === undefined });
      checkList(context, fields, `${pointer}/fields`, { most: 10, required: false }).forEach((field, index) => {
        checkText(context, field, `${pointer}/fields/${index}`, { most: 2000, required: true });
      });
      if (accessory !== undefined) checkPart(context, accessory, `${pointer}/accessory`, accessoryElements);
    },
  },
  input: {
    holds: ['label', 'element', 'hint', 'optional', 'dispatch_action'],
    check(context, { label, hint, element }, pointer) {
      checkText(context, label, `${pointer}/label`, { most: 2000, kinds: plainOnly, required: true });
      checkText(context, hint, `${pointer}/hint`, { most: 2000, kinds: plainOnly });
      checkElement(context, element, `${pointer}/element`, inputElements);
    },
  },
  alert: {
    holds: ['text', 'level'],
    check(context, { text, level }, pointer) {
      checkText(context, text, `${pointer}/text`, { most: 200, required: true });
      checkChoice(context, level, ['default', 'info', 'warning', 'error', 'success'], `${pointer}/level`);
    },
  },
  card: {
    holds: ['hero_image', 'icon', 'title', 'subtitle', 'body', 'subtext', 'actions'],
    messageOnly: true,
    check(context, block, pointer) {
      if (!['hero_image', 'title', 'actions', 'body'].some((name) => block[name] !== undefined)) {
        context.errors.push(`must provide at least one of hero_image, title, actions, body ${at(pointer)}`);
      }
      for (const name of ['title', 'subtitle']) checkText(context, block[name], `${pointer}/${name}`, { most: 150 });
      for (const name of ['body', 'subtext']) checkText(context, block[name], `${pointer}/${name}`, { most: 200 });
      for (const name of ['hero_image', 'icon']) {
        if (block[name] !== undefined) checkPart(context, block[name], `${pointer}/${name}`, ['image']);
      }
      const buttons = checkList(context, block.actions, `${pointer}/actions`, { most: 3, required: false });
      buttons.forEach((button, index) => {
        checkElement(context, button, `${pointer}/actions/${index}`, ['button']);
      });
    },
  },
  carousel: { holds: ['elements'], messageOnly: true, check: blocksIn('elements', { most: 10 }, ['card']) },
  container: {
    holds: [
      'title',
      'rich_text_title',
      'subtitle',
      'child_blocks',
      'width',
      'icon',
      'is_collapsible',
      'default_collapsed',
      'has_header_divider',
    ],
    messageOnly: true,
    check(context, block, pointer) {
      const required = block.rich_text_title === undefined;
      checkText(context, block.title, `${pointer}/title`, { most: 150, kinds: plainOnly, required });
      checkText(context, block.subtitle, `${pointer}/subtitle`, { most: 150 });
      checkChoice(context, block.width, ['narrow', 'standard', 'wide', 'full'], `${pointer}/width`);
      if (block.icon !== undefined) checkPart(context, block.icon, `${pointer}/icon`, ['image']);
      blocksIn('child_blocks', { most: 10 }, childBlocks)(context, block, pointer);
    },
  },
  plan: {
    holds: ['title', 'tasks'],
    messageOnly: true,
    check(context, block, pointer) {
      wordsOf('title')(context, block, pointer);
      blocksIn('tasks', { least: 0, required: false }, ['task_card'])(context, block, pointer);
    },
  },
  task_card: {
    holds: ['task_id', 'title', 'details', 'output', 'sources', 'status'],
    messageOnly: true,
    check(context, block, pointer) {
      checkString(context, block.task_id, `${pointer}/task_id`, { least: 1, most: 255, required: true });
      wordsOf('title')(context, block, pointer);
      checkChoice(context, block.status, taskStates, `${pointer}/status`);
      for (const name of ['details', 'output']) {
        if (block[name] !== undefined) checkBlock(context, block[name], `${pointer}/${name}`, ['rich_text']);
      }
    },
  },
  table: {
    holds: ['rows', 'column_settings'],
    messageOnly: true,
    check: (context, { rows }, pointer) =>
      checkList(context, rows, `${pointer}/rows`, { most: 100 }).forEach((row, index) => {
        checkList(context, row, `${pointer}/rows/${index}`, { most: 20 });
      }),
  },
};

/** Checks blocks as Slack does when they arrive; an empty list of errors means it would take them. */
export function checkBlocks(blocks: unknown, surface: Surface, fileOf: Context['fileOf'], root = '/blocks'): Checks {
  const context: Context = { errors: [], texts: [], surface, blockIds: new Set(), fileOf };
  const list = checkList(context, blocks, root, { least: 0, most: surface === 'message' ? 50 : 100 });
  list.forEach((block, index) => {
    checkBlock(context, block, `${root}/${index}`);
  });
  const ofType = (type: string) => list.filter(isObject).filter((block) => block.type === type);
  const markdownChars = ofType('markdown').reduce((sum, { text }) => sum + String(text ?? '').length, 0);
  if (ofType('markdown').length > 1 && markdownChars > 12_000) {
    context.errors.push(`markdown blocks must have no more than 12000 characters in total ${at(root)}`);
  }
  if (ofType('table').length > 1) context.errors.push(`only_one_table_allowed ${at(root)}`);
  return context;
}

function checkBlock(context: Context, block: unknown, pointer: string, kinds?: readonly string[]): void {
  const type = isObject(block) ? String(block.type) : typeof block;
  const rule = rules[type];
  const isAllowed = (kinds?.includes(type) ?? true) && (context.surface === 'message' || !rule?.messageOnly);
  if (!isObject(block) || !rule || !isAllowed) {
    context.errors.push(`unsupported type: ${type} ${at(`${pointer}/type`)}`);
    return;
  }
  checkKeys(context, block, ['type', 'block_id', ...rule.holds], pointer);
  checkString(context, block.block_id, `${pointer}/block_id`, { least: 1, most: 255 });
  if (block.block_id !== undefined && context.blockIds.has(block.block_id)) {
    const already = `\`block_id\` "${block.block_id}" already exists for another block`;
    context.errors.push(`${already} ${at(`${pointer}/block_id`)}`);
  }
  context.blockIds.add(block.block_id);
  const actionIds = [...arrayOf(block.elements), ...arrayOf(block.actions)]
    .filter(isObject)
    .map((element) => element.action_id)
    .filter((id) => id !== undefined);
  const twice = actionIds.find((id, index) => actionIds.indexOf(id) !== index);
  if (twice !== undefined) {
    context.errors.push(`\`action_id\` "${twice}" already exists for another element ${at(pointer)}`);
  }
  rule.check(context, block, pointer);
}

function elementsOf(most: number, kinds: readonly string[]): BlockRule['check'] {
  return (context, { elements }, pointer) =>
    checkList(context, elements, `${pointer}/elements`, { most }).forEach((element, index) => {
      checkPart(context, element, `${pointer}/elements/${index}`, kinds);
    });
}

function blocksIn(
  name: string,
  limits: { least?: number; most?: number; required?: boolean },
  kinds: readonly string[],
): BlockRule['check'] {
  return (context, block, pointer) =>
    checkList(context, block[name], `${pointer}/${name}`, limits).forEach((child, index) => {
      checkBlock(context, child, `${pointer}/${name}/${index}`, kinds);
    });
}

function wordsOf(name: string, most = Number.POSITIVE_INFINITY): BlockRule['check'] {
  return (context, block, pointer) => {
    checkString(context, block[name], `${pointer}/${name}`, { least: 1, most, required: true });
    if (typeof block[name] === 'string') context.texts.push(block[name]);
  };
}

/** An element, an image or a text, whichever of `kinds` it may be. */
function checkPart(context: Context, part: unknown, pointer: string, kinds: readonly string[]): void {
  const type = isObject(part) ? String(part.type) : '';
  if (isObject(part) && type === 'image' && kinds.includes('image')) {
    checkKeys(context, part, ['type', 'image_url', 'slack_file', 'alt_text'], pointer);
    checkImage(context, part, pointer, context.fileOf);
  } else if (isObject(part) && ['mrkdwn', 'plain_text'].includes(type) && kinds.includes(type)) {
    checkText(context, part, pointer);
  } else checkElement(context, part, pointer, kinds);
}
