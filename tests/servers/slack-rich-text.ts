import { at, type Checks, checkList, checkString } from '#tests/servers/slack-checks.ts';
import { isObject } from '#tests/servers/slack-layout.ts';

const containers = ['rich_text_section', 'rich_text_list', 'rich_text_quote', 'rich_text_preformatted'];
const requiredOf: Record<string, string | undefined> = {
  text: 'text',
  link: 'url',
  user: 'user_id',
  channel: 'channel_id',
  usergroup: 'usergroup_id',
  emoji: 'name',
  broadcast: 'range',
  color: 'value',
  date: 'timestamp',
};

/** docs.slack.dev/reference/block-kit/blocks/rich-text-block */
export function checkRichText(checks: Checks, elements: unknown, pointer: string): void {
  checkList(checks, elements, pointer).forEach((element, index) => {
    const here = `${pointer}/${index}`;
    if (!isObject(element) || !containers.includes(String(element.type))) {
      checks.errors.push(`unsupported type: ${isObject(element) ? element.type : element} ${at(`${here}/type`)}`);
      return;
    }
    checkList(checks, element.elements, `${here}/elements`, { least: 0 }).forEach((part, place) => {
      checkPart(checks, part, `${here}/elements/${place}`, element.type === 'rich_text_list');
    });
  });
}

function checkPart(checks: Checks, part: unknown, pointer: string, isItem: boolean): void {
  const type = isObject(part) ? String(part.type) : '';
  if (isObject(part) && isItem && type === 'rich_text_section') {
    checkList(checks, part.elements, `${pointer}/elements`, { least: 0 }).forEach((inner, index) => {
      checkPart(checks, inner, `${pointer}/elements/${index}`, false);
    });
    return;
  }
  const required = requiredOf[type];
  if (!isObject(part) || isItem || required === undefined) {
    checks.errors.push(`unsupported type: ${type} ${at(`${pointer}/type`)}`);
    return;
  }
  const isWord = type !== 'date';
  if (isWord) {
    checkString(checks, part[required], `${pointer}/${required}`, { least: 1, most: 12_000, required: true });
  }
  if (typeof part.text === 'string') checks.texts.push(part.text);
}
