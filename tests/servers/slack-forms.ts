import { fileJson, newFile, typeOf } from '#tests/servers/slack-files.ts';
import { arrayOf, isObject } from '#tests/servers/slack-layout.ts';
import { decode } from '#tests/servers/slack-markup.ts';
import type { Actor } from '#tests/servers/slack-payloads.ts';
import { ClientError } from '#tests/servers/slack-people.ts';
import type { Json, View } from '#tests/servers/slack-world.ts';

interface Field {
  blockId: string;
  actionId: string;
  label: string;
  required: boolean;
  element: Json;
}

/** Fills in a form as a person would. @throws {ClientError} where Slack's own form says no before anything is sent. */
export function fillIn(
  actor: Actor,
  view: View,
  values: Record<string, unknown>,
): Record<string, Record<string, Json>> {
  const fields = fieldsOf(view);
  for (const name of Object.keys(values)) {
    if (!fields.some((field) => isNamed(field, name))) throw new ClientError('no_such_field', `no field ${name}`);
  }
  const state: Record<string, Record<string, Json>> = {};
  for (const field of fields) {
    const name = Object.keys(values).find((known) => isNamed(field, known));
    const filled = filledField(actor, field, name === undefined ? undefined : values[name]);
    state[field.blockId] = { ...state[field.blockId], [field.actionId]: { type: field.element.type, ...filled } };
  }
  return state;
}

const isNamed = ({ blockId, actionId, label }: Field, name: string): boolean =>
  [blockId, actionId, label].includes(name);

function fieldsOf(view: View): Field[] {
  return view.blocks.flatMap((block) => {
    const label = isObject(block.label) ? decode(String(block.label.text)) : '';
    const elements = [block.element, block.accessory, ...arrayOf(block.elements)].filter(isObject);
    return elements
      .filter(({ type }) => /select|picker|checkboxes|radio_buttons|_input/.test(String(type)))
      .map((element) => ({
        blockId: String(block.block_id),
        actionId: String(element.action_id),
        label,
        required: block.type === 'input' && block.optional !== true,
        element,
      }));
  });
}

function filledField(actor: Actor, { element, label, required }: Field, given: unknown): Json {
  const type = String(element.type);
  const filled = fill(actor, element, type, given);
  const only = Object.values(filled)[0];
  const isEmpty = only === null || only === undefined || only === '' || (Array.isArray(only) && only.length === 0);
  if (required && isEmpty) throw new ClientError('required', `${label || element.action_id} is required`);
  if (!isEmpty && typeof only === 'string') requireFits(element, type, only, label);
  return filled;
}

function fill(actor: Actor, element: Json, type: string, given: unknown): Json {
  if (type === 'file_input') return { files: arrayOf(given).map((file) => uploadOf(actor, file as NewFile)) };
  if (type === 'checkboxes' || type.startsWith('multi_')) {
    const initial = arrayOf(element.initial_options);
    return {
      selected_options: given === undefined ? initial : arrayOf(given).map((value) => optionOf(element, value)),
    };
  }
  if (type === 'static_select' || type === 'radio_buttons' || type === 'external_select') {
    if (given === undefined) return { selected_option: element.initial_option ?? null };
    return { selected_option: given === null ? null : optionOf(element, given) };
  }
  const selected = { users_select: 'user', conversations_select: 'conversation', channels_select: 'channel' }[type];
  if (selected) return { [`selected_${selected}`]: given ?? element[`initial_${selected}`] ?? null };
  if (type === 'datepicker') return { selected_date: given ?? element.initial_date ?? null };
  if (type === 'timepicker') return { selected_time: given ?? element.initial_time ?? null };
  const text = given === undefined ? element.initial_value : given;
  return { value: text === undefined || text === null || text === '' ? null : String(text) };
}

function optionOf(element: Json, wanted: unknown): Json {
  const groups = arrayOf(element.option_groups).filter(isObject);
  const options = [...arrayOf(element.options), ...groups.flatMap((group) => arrayOf(group.options))].filter(isObject);
  const found = options.find(
    ({ value, text }) => value === wanted || (isObject(text) && decode(String(text.text)) === wanted),
  );
  if (!found) throw new ClientError('no_such_option', `${element.action_id} has no option ${wanted}`);
  return found;
}

interface NewFile {
  name: string;
  bytes: Uint8Array;
}

function uploadOf({ world, team, user }: Actor, { name, bytes }: NewFile): Json {
  const facts = { bytes, type: typeOf(bytes, name), completed: true, processed: true };
  return fileJson(world, newFile(world, { teamId: team.id, userId: user.id, name, length: bytes.length, ...facts }));
}

function requireFits(element: Json, type: string, value: string, label: string): void {
  const refuse = (code: string) => {
    throw new ClientError(code, `${label || element.action_id}: ${code}`);
  };
  if (value.length > Number(element.max_length ?? 3000)) refuse('too_long');
  if (value.length < Number(element.min_length ?? 0)) refuse('too_short');
  if (type === 'plain_text_input' && element.multiline !== true && value.includes('\n')) refuse('one_line_only');
  if (type === 'number_input') {
    const number = Number(value);
    if (Number.isNaN(number)) refuse('not_a_number');
    if (element.is_decimal_allowed !== true && !Number.isInteger(number)) refuse('no_decimals');
    if (number < Number(element.min_value ?? number)) refuse('too_small');
    if (number > Number(element.max_value ?? number)) refuse('too_large');
  }
  if (type === 'url_text_input' && !URL.canParse(value)) refuse('not_an_address');
  if (type === 'email_text_input' && !/^\S+@\S+$/.test(value)) refuse('not_an_address');
}
