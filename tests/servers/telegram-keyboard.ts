import { isJson, objectOf } from '#tests/servers/telegram-arguments.ts';
import { badRequest } from '#tests/servers/telegram-faults.ts';
import { addressOf } from '#tests/servers/telegram-html.ts';
import type { ApiLimits } from '#tests/servers/telegram-limits.ts';
import type { Button, Json } from '#tests/servers/telegram-world.ts';

type Keyboard = readonly (readonly Button[])[];

const otherActions = [
  'web_app',
  'login_url',
  'switch_inline_query',
  'switch_inline_query_current_chat',
  'switch_inline_query_chosen_chat',
  'callback_game',
  'pay',
];
const otherMarkups = ['keyboard', 'remove_keyboard', 'force_reply'];

/**
 * Reads `reply_markup`: the inline keyboard, or undefined when there is none. Other kinds of markup change nothing here.
 * @throws {ApiRefusal}
 */
export function readKeyboard(
  params: Json,
  limits: ApiLimits,
  violate: (sentence: string) => void,
): Keyboard | undefined {
  const markup = objectOf(params, 'reply_markup', 'reply keyboard markup');
  if (!markup) return undefined;
  if (otherMarkups.some((name) => name in markup)) return undefined;
  const rows = markup.inline_keyboard;
  if (rows === undefined) return undefined;
  if (!Array.isArray(rows)) throw badRequest('field "inline_keyboard" must be of type Array');
  const keyboard = rows
    .map((row: unknown) => {
      if (!Array.isArray(row)) throw badRequest('inline keyboard button row must be an Array');
      return row.map((button) => readButton(button, limits, violate)).filter((button) => button !== undefined);
    })
    .filter((row) => row.length > 0);
  if (keyboard.flat().length > limits.buttonsMax) throw badRequest('reply markup is too long');
  return keyboard.length > 0 ? keyboard : undefined;
}

function readButton(raw: unknown, limits: ApiLimits, violate: (sentence: string) => void): Button | undefined {
  const invalid = (problem: string) => badRequest(`can't parse inline keyboard button: ${problem}`);
  if (!isJson(raw)) throw invalid('expected an Object');
  if (typeof raw.text !== 'string') throw invalid('Field "text" must be of type String');
  const { text, callback_data: data, url, copy_text: copy, style } = raw;
  const button: Button = { label: text.trim(), raw };
  if (typeof style === 'string') {
    if (!['danger', 'success', 'primary'].includes(style)) throw invalid('invalid button style specified');
    button.style = style;
  }
  if (data !== undefined) {
    const bytes = Buffer.byteLength(String(data));
    if (bytes < 1 || bytes > limits.callbackDataBytesMax) throw badRequest('BUTTON_DATA_INVALID');
    button.data = String(data);
  } else if (url !== undefined) {
    const address = addressOf(String(url));
    if (address === undefined) throw badRequest(`inline keyboard button URL '${url}' is invalid: Wrong HTTP URL`);
    button.url = address;
  } else if (copy !== undefined) {
    const copied = isJson(copy) ? String(copy.text ?? '') : '';
    if (copied.length < 1 || copied.length > 256) throw badRequest('BUTTON_COPY_TEXT_INVALID');
    button.copyText = copied;
  } else if (!otherActions.some((name) => name in raw)) {
    throw invalid('Text buttons are unallowed in the inline keyboard');
  }
  if (button.label === '') {
    violate('A button without a label was sent: Telegram leaves it out.');
    return undefined;
  }
  return button;
}
