import {
  at,
  type Checks,
  checkChoice,
  checkImageUrl,
  checkKeys,
  checkList,
  checkString,
  checkText,
  missing,
  plainOnly,
} from '#tests/servers/slack-checks.ts';
import { arrayOf, fileIdOf, isObject } from '#tests/servers/slack-layout.ts';
import type { Json, SlackFile } from '#tests/servers/slack-world.ts';

/** Elements that a person can do something with, and what each may hold beside `type`, `action_id` and `confirm`. */
const knownElements: Record<string, readonly string[]> = {
  button: ['text', 'url', 'value', 'style', 'accessibility_label'],
  workflow_button: ['text', 'workflow', 'style', 'accessibility_label'],
  overflow: ['options'],
  static_select: ['placeholder', 'options', 'option_groups', 'initial_option', 'focus_on_load'],
  multi_static_select: [
    'placeholder',
    'options',
    'option_groups',
    'initial_options',
    'max_selected_items',
    'focus_on_load',
  ],
  users_select: ['placeholder', 'initial_user', 'focus_on_load'],
  conversations_select: [
    'placeholder',
    'initial_conversation',
    'default_to_current_conversation',
    'response_url_enabled',
    'filter',
    'focus_on_load',
  ],
  channels_select: ['placeholder', 'initial_channel', 'response_url_enabled', 'focus_on_load'],
  external_select: ['placeholder', 'initial_option', 'min_query_length', 'focus_on_load'],
  checkboxes: ['options', 'initial_options', 'focus_on_load'],
  radio_buttons: ['options', 'initial_option', 'focus_on_load'],
  datepicker: ['initial_date', 'placeholder', 'focus_on_load'],
  timepicker: ['initial_time', 'placeholder', 'timezone', 'focus_on_load'],
  datetimepicker: ['initial_date_time', 'focus_on_load'],
  icon_button: ['icon', 'text', 'value', 'accessibility_label', 'visible_to_user_ids'],
  feedback_buttons: ['positive_button', 'negative_button'],
};

const knownInputs: Record<string, readonly string[]> = {
  plain_text_input: [
    'initial_value',
    'multiline',
    'min_length',
    'max_length',
    'dispatch_action_config',
    'focus_on_load',
    'placeholder',
  ],
  number_input: [
    'is_decimal_allowed',
    'initial_value',
    'min_value',
    'max_value',
    'dispatch_action_config',
    'focus_on_load',
    'placeholder',
  ],
  email_text_input: ['initial_value', 'dispatch_action_config', 'focus_on_load', 'placeholder'],
  url_text_input: ['initial_value', 'dispatch_action_config', 'focus_on_load', 'placeholder'],
  file_input: ['filetypes', 'max_files'],
  rich_text_input: ['initial_value', 'dispatch_action_config', 'focus_on_load', 'placeholder'],
};

const notInActions = ['icon_button', 'feedback_buttons'];
const notInInputs = ['button', 'workflow_button', 'overflow', ...notInActions];
export const actionElements = Object.keys(knownElements).filter((type) => !notInActions.includes(type));
export const inputElements = [
  ...actionElements.filter((type) => !notInInputs.includes(type)),
  ...Object.keys(knownInputs),
];
export const accessoryElements = ['image', ...actionElements];
export const contextActionElements = notInActions;

/** docs.slack.dev/reference/block-kit/block-elements */
export function checkElement(checks: Checks, element: unknown, pointer: string, kinds: readonly string[]): void {
  if (!isObject(element) || !kinds.includes(String(element.type))) {
    const type = isObject(element) ? element.type : typeof element;
    checks.errors.push(`unsupported type: ${type} ${at(`${pointer}/type`)}`);
    return;
  }
  const type = String(element.type);
  const known = knownElements[type] ?? knownInputs[type] ?? [];
  checkKeys(checks, element, ['type', 'action_id', 'confirm', ...known], pointer);
  checkString(checks, element.action_id, `${pointer}/action_id`, { least: 1, most: 255 });
  checkText(checks, element.placeholder, `${pointer}/placeholder`, { most: 150, kinds: plainOnly });
  checkConfirmation(checks, element.confirm, `${pointer}/confirm`);
  if (type.endsWith('button')) checkButton(checks, element, pointer);
  if (type === 'plain_text_input') {
    checkString(checks, element.initial_value, `${pointer}/initial_value`, {
      most: Number(element.max_length ?? 3000),
      least: 0,
    });
    if (Number(element.max_length ?? 1) > 3000)
      checks.errors.push(`must be less than 3001 ${at(`${pointer}/max_length`)}`);
  }
  if (type === 'number_input' && element.is_decimal_allowed === undefined) {
    checks.errors.push(missing(`${pointer}/is_decimal_allowed`));
  }
  if (known.includes('options')) checkOptions(checks, element, pointer, type);
}

function checkButton(checks: Checks, element: Json, pointer: string): void {
  checkText(checks, element.text, `${pointer}/text`, { most: 75, kinds: plainOnly, required: true });
  checkString(checks, element.value, `${pointer}/value`, { least: 1, most: 2000 });
  checkString(checks, element.url, `${pointer}/url`, { least: 1, most: 3000 });
  checkString(checks, element.accessibility_label, `${pointer}/accessibility_label`, { most: 75 });
  checkChoice(checks, element.style, ['primary', 'danger'], `${pointer}/style`);
}

function checkOptions(checks: Checks, element: Json, pointer: string, type: string): void {
  const most = type === 'checkboxes' || type === 'radio_buttons' ? 10 : type === 'overflow' ? 5 : 100;
  const groups = checkList(checks, element.option_groups, `${pointer}/option_groups`, { most: 100, required: false });
  const grouped = groups.flatMap((group) => (isObject(group) ? arrayOf(group.options) : []));
  const required = groups.length === 0;
  const options = [...checkList(checks, element.options, `${pointer}/options`, { most, required }), ...grouped];
  const values = new Set<unknown>();
  options.forEach((option, index) => {
    const here = `${pointer}/options/${index}`;
    if (!isObject(option)) {
      checks.errors.push(`must provide an object ${at(here)}`);
      return;
    }
    checkKeys(checks, option, ['text', 'value', 'description', 'url'], here);
    checkText(checks, option.text, `${here}/text`, { most: 75, required: true });
    checkString(checks, option.value, `${here}/value`, { least: 1, most: 150, required: true });
    checkText(checks, option.description, `${here}/description`, { most: 75 });
    if (values.has(option.value)) checks.errors.push(`option value must be unique ${at(`${here}/value`)}`);
    values.add(option.value);
  });
  for (const initial of [element.initial_option, ...arrayOf(element.initial_options)]) {
    if (isObject(initial) && !values.has(initial.value)) {
      checks.errors.push(`initial option must be one of the options ${at(pointer)}`);
    }
  }
}

function checkConfirmation(checks: Checks, confirm: unknown, pointer: string): void {
  if (confirm === undefined) return;
  if (!isObject(confirm)) return void checks.errors.push(`must provide an object ${at(pointer)}`);
  checkKeys(checks, confirm, ['title', 'text', 'confirm', 'deny', 'style'], pointer);
  checkText(checks, confirm.title, `${pointer}/title`, { most: 100, kinds: plainOnly, required: true });
  checkText(checks, confirm.text, `${pointer}/text`, { most: 300, required: true });
  checkText(checks, confirm.confirm, `${pointer}/confirm`, { most: 30, kinds: plainOnly, required: true });
  checkText(checks, confirm.deny, `${pointer}/deny`, { most: 30, kinds: plainOnly, required: true });
  checkChoice(checks, confirm.style, ['primary', 'danger'], `${pointer}/style`);
}

/** What an image block and an image element share: one source, PNG, JPEG or GIF, and a description. */
export function checkImage(
  checks: Checks,
  image: Json,
  pointer: string,
  fileOf: (id: string) => SlackFile | undefined,
): void {
  checkString(checks, image.alt_text, `${pointer}/alt_text`, { most: 2000, required: true });
  if ((image.image_url === undefined) === (image.slack_file === undefined)) {
    checks.errors.push(`must provide either image_url or slack_file ${at(pointer)}`);
  } else if (image.image_url !== undefined) checkImageUrl(checks, image.image_url, `${pointer}/image_url`);
  else checkSlackFile(checks, image.slack_file, `${pointer}/slack_file`, fileOf);
}

function checkSlackFile(
  checks: Checks,
  slackFile: unknown,
  pointer: string,
  fileOf: (id: string) => SlackFile | undefined,
): void {
  if (!isObject(slackFile)) return void checks.errors.push(`must provide an object ${at(pointer)}`);
  checkKeys(checks, slackFile, ['id', 'url'], pointer);
  const id = fileIdOf(slackFile) ?? '';
  if (slackFile.id !== undefined && !/^F[A-Z0-9]{8,}$/.test(id)) {
    checks.errors.push(`input must match regex pattern: ^[F][A-Z0-9]{8,}$ ${at(`${pointer}/id`)}`);
    return;
  }
  const file = fileOf(id);
  const isShowable = file?.processed && ['image/png', 'image/jpeg', 'image/gif'].includes(file.type);
  if (!isShowable) checks.errors.push(`invalid slack file ${at(pointer)}`);
}
