import { badLength, type FieldError, invalidForm, missing, refusal, tooLong } from '#tests/servers/discord-errors.ts';
import type { Component, Json } from '#tests/servers/discord-world.ts';

/** https://docs.discord.com/developers/components/reference#component-object-component-types */
export const componentTypes = {
  actionRow: 1,
  button: 2,
  stringSelect: 3,
  textInput: 4,
  section: 9,
  textDisplay: 10,
  thumbnail: 11,
  mediaGallery: 12,
  file: 13,
  separator: 14,
  container: 17,
  label: 18,
  fileUpload: 19,
} as const;

const selects = [3, 5, 6, 7, 8];
const inContainer = [1, 9, 10, 12, 13, 14];
/** In characters, all text displays of a message together; UTF-16 units, the strictest way to count. */
const textMax = 4000;
const componentsMax = 40;
/** Not documented: more UTF-8 bytes than this get a 500 (discord/discord-api-docs#8554). */
const processedBytesMax = 10_170;

type Path = readonly (string | number)[];
type Checks = { errors: FieldError[]; customIds: Set<unknown>; ids: Set<unknown>; count: number };

const size = (value: unknown) => (typeof value === 'string' || Array.isArray(value) ? value.length : 0);

/** Every component in a tree, from top to bottom, accessories included. */
export function flatten(components: readonly Component[]): Component[] {
  return components.flatMap((component) => [
    component,
    ...flatten(component.components ?? []),
    ...(component.accessory ? flatten([component.accessory as Component]) : []),
    ...(component.component ? flatten([component.component as Component]) : []),
  ]);
}

/** @throws {ApiRefusal} when Discord would not show these components. */
export function checkComponents(components: readonly Component[], isV2: boolean, path: Path): void {
  const checks: Checks = { errors: [], customIds: new Set(), ids: new Set(), count: 0 };
  const allowed = isV2 ? [...inContainer, 17] : [1];
  if (!isV2 && components.length > 5) checks.errors.push(badLength(path, 1, 5));
  components.forEach((component, index) => {
    checkOne(component, allowed, [...path, index], checks);
  });
  const all = flatten(components);
  if (checks.errors.length === 0 && isV2) {
    const texts = all.filter(({ type }) => type === componentTypes.textDisplay).map(({ content }) => String(content));
    if (all.length > componentsMax) {
      const message = `The maximum number of components in a message is ${componentsMax}`;
      checks.errors.push({ path, code: 'COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED', message });
    }
    if (size(texts.join('')) > textMax) {
      const message = `The total displayable text size exceeds the maximum size of ${textMax}`;
      checks.errors.push({ path, code: 'COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED', message });
    }
    const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text) + 12, 0);
    if (checks.errors.length === 0 && bytes > processedBytesMax) throw refusal('serverError');
  }
  if (checks.errors.length > 0) throw invalidForm(checks.errors);
}

function checkOne(component: Component, allowed: readonly number[], path: Path, checks: Checks): void {
  const { errors } = checks;
  if (!allowed.includes(component?.type)) {
    const message = `Value of field "type" must be one of (${allowed.join(', ')},).`;
    errors.push({ path, code: 'UNION_TYPE_CHOICES', message });
    return;
  }
  if (typeof component.id === 'number' && component.id !== 0) {
    const message = 'Component id cannot be duplicated';
    if (checks.ids.has(component.id)) errors.push({ path: [...path, 'id'], code: 'COMPONENT_ID_DUPLICATED', message });
    checks.ids.add(component.id);
  }
  const children = (of: readonly number[], least: number, most: number) => {
    const { components = [] } = component;
    if (components.length < least || components.length > most) {
      errors.push(badLength([...path, 'components'], least, most));
    }
    components.forEach((child, index) => {
      checkOne(child, of, [...path, 'components', index], checks);
    });
  };
  switch (component.type) {
    case componentTypes.actionRow: {
      const isSelect = selects.includes(component.components?.[0]?.type ?? 0);
      return void children(isSelect ? selects : [componentTypes.button], 1, isSelect ? 1 : 5);
    }
    case componentTypes.button:
      return void checkButton(component, path, checks);
    case componentTypes.section:
      children([componentTypes.textDisplay], 1, 3);
      if (!component.accessory) return void errors.push(missing([...path, 'accessory']));
      return void checkOne(component.accessory as Component, [2, 11], [...path, 'accessory'], checks);
    case componentTypes.textDisplay:
      if (size(component.content) === 0) errors.push(missing([...path, 'content']));
      return;
    case componentTypes.mediaGallery:
      return void checkGallery(component, path, errors);
    case componentTypes.thumbnail:
    case componentTypes.file:
      return void checkMedia(component, component.type === componentTypes.file ? 'file' : 'media', path, errors);
    case componentTypes.container:
      return void children(inContainer, 1, componentsMax);
    default:
      if (selects.includes(component.type)) checkSelect(component, path, checks);
  }
}

function checkCustomId(component: Component, path: Path, { errors, customIds }: Checks): void {
  const at = [...path, 'custom_id'];
  const { custom_id } = component;
  if (typeof custom_id !== 'string') return void errors.push(missing(at));
  if (custom_id.length < 1 || custom_id.length > 100) errors.push(badLength(at, 1, 100));
  if (customIds.has(custom_id)) {
    const message = 'Component custom id cannot be duplicated';
    errors.push({ path: at, code: 'COMPONENT_CUSTOM_ID_DUPLICATED', message });
  }
  customIds.add(custom_id);
}

function checkButton(button: Component, path: Path, checks: Checks): void {
  const { errors } = checks;
  const style = Number(button.style);
  if (!(style >= 1 && style <= 6)) {
    const message = `Value "${button.style}" is not a valid enum value.`;
    errors.push({ path: [...path, 'style'], code: 'BASE_TYPE_CHOICES', message });
  }
  if (size(button.label) > 80) errors.push(tooLong([...path, 'label'], 80));
  if (style === 6) return;
  if (size(button.label) === 0 && !button.emoji) {
    const message = 'A button must have a label or emoji';
    errors.push({ path, code: 'BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED', message });
  }
  if (style !== 5) return void checkCustomId(button, path, checks);
  if (typeof button.url !== 'string') errors.push(missing([...path, 'url']));
  if (size(button.url) > 512) errors.push(tooLong([...path, 'url'], 512));
  if (button.custom_id !== undefined && button.custom_id !== null) {
    const message = 'A custom id and url cannot both be specified';
    errors.push({ path: [...path, 'custom_id'], code: 'BUTTON_COMPONENT_CUSTOM_ID_AND_URL', message });
  }
}

function checkSelect(select: Component, path: Path, checks: Checks): void {
  const { errors } = checks;
  checkCustomId(select, path, checks);
  if (size(select.placeholder) > 150) errors.push(tooLong([...path, 'placeholder'], 150));
  if (select.type !== componentTypes.stringSelect) return;
  const options = (select.options as Json[] | undefined) ?? [];
  if (options.length < 1 || options.length > 25) errors.push(badLength([...path, 'options'], 1, 25));
  if (Number(select.max_values ?? 1) > options.length) {
    const message = 'The specified max values exceeds the number of options';
    errors.push({ path: [...path, 'max_values'], code: 'SELECT_COMPONENT_MAX_VALUES', message });
  }
  const values = new Set<unknown>();
  options.forEach((option, index) => {
    const at = [...path, 'options', index];
    for (const field of ['label', 'value']) {
      if (size(option[field]) < 1 || size(option[field]) > 100) errors.push(badLength([...at, field], 1, 100));
    }
    if (size(option.description) > 100) errors.push(tooLong([...at, 'description'], 100));
    const message = 'The specified option value is already used';
    if (values.has(option.value)) {
      errors.push({ path: [...at, 'value'], code: 'SELECT_COMPONENT_OPTION_VALUE_DUPLICATED', message });
    }
    values.add(option.value);
  });
}

function checkGallery(gallery: Component, path: Path, errors: FieldError[]): void {
  const items = (gallery.items as Json[] | undefined) ?? [];
  if (items.length < 1 || items.length > 10) errors.push(badLength([...path, 'items'], 1, 10));
  items.forEach((item, index) => {
    checkMedia(item, 'media', [...path, 'items', index], errors);
  });
}

function checkMedia(item: Json, field: 'media' | 'file', path: Path, errors: FieldError[]): void {
  const url = (item[field] as Json | undefined)?.url;
  if (typeof url !== 'string') return void errors.push(missing([...path, field, 'url']));
  if (size(item.description) > 1024) errors.push(tooLong([...path, 'description'], 1024));
  const schemes = field === 'file' ? /^attachment:\/\// : /^(attachment|https?):\/\//;
  if (!schemes.test(url)) {
    const message = `Scheme "${url.split(':')[0]}" is not supported.`;
    errors.push({ path: [...path, field, 'url'], code: 'URL_TYPE_INVALID_SCHEME', message });
  }
}

/** Addresses of files that components show, with the place of each. */
export function mediaOf(components: readonly Component[], path: Path = ['components']): { url: string; path: Path }[] {
  return components.flatMap((component, index) => {
    const at = [...path, index];
    const urlOf = (holder: Json, field: string, place: Path) => {
      const url = (holder[field] as Json | undefined)?.url;
      return typeof url === 'string' ? [{ url, path: [...place, field, 'url'] }] : [];
    };
    const items = ((component.items as Json[] | undefined) ?? []).flatMap((item, nth) =>
      urlOf(item, 'media', [...at, 'items', nth]),
    );
    const accessory = component.accessory ? urlOf(component.accessory as Json, 'media', [...at, 'accessory']) : [];
    const children = mediaOf(component.components ?? [], [...at, 'components']);
    return [...urlOf(component, 'file', at), ...items, ...accessory, ...children];
  });
}
