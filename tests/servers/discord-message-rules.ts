import { checkComponents, mediaOf } from '#tests/servers/discord-component-rules.ts';
import { badLength, type FieldError, invalidForm, missing, refusal, tooLong } from '#tests/servers/discord-errors.ts';
import { type Attachment, type Component, type Json, messageFlags } from '#tests/servers/discord-world.ts';

/** What a message would show once a request is carried out. */
export interface MessageDraft {
  content: string;
  embeds: readonly Json[];
  components: readonly Component[];
  attachments: readonly Attachment[];
  flags: number;
  hasPollOrStickers: boolean;
}

type Path = readonly (string | number)[];
const size = (value: unknown) => (typeof value === 'string' ? value.length : 0);

/** Discord keeps letters, digits and `_-.` of a file's name. */
export function sanitizeFileName(name: string): string {
  return name.replace(/\s/g, '_').replace(/[^\p{L}\p{N}_.-]/gu, '');
}

/**
 * https://docs.discord.com/developers/resources/message#create-message and the components reference.
 * @param at where the message is in the request's body: `data` in an interaction's callback.
 * @throws {ApiRefusal} when Discord would not take such a message.
 */
export function checkMessage(draft: MessageDraft, at: Path = []): void {
  const isV2 = (draft.flags & messageFlags.componentsV2) !== 0;
  const errors: FieldError[] = [];
  if (isV2) {
    const legacy = { content: draft.content, embeds: draft.embeds.length, poll: draft.hasPollOrStickers };
    for (const [field, value] of Object.entries(legacy)) {
      if (!value) continue;
      const message = `The '${field}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2`;
      errors.push({ path: [...at, field], code: 'MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2', message });
    }
  }
  if (size(draft.content) > 2000) errors.push(tooLong([...at, 'content'], 2000));
  errors.push(...embedErrors(draft.embeds, [...at, 'embeds']));
  draft.attachments.forEach(({ description }, index) => {
    if (size(description) > 1024) errors.push(tooLong([...at, 'attachments', index, 'description'], 1024));
  });
  if (errors.length > 0) throw invalidForm(errors);
  if (draft.attachments.length > 10) throw refusal('tooManyAttachments');
  checkComponents(draft.components, isV2, [...at, 'components']);
  checkReferences(draft, at);
  const isEmpty = isV2
    ? draft.components.length === 0
    : draft.content.trim() === '' &&
      draft.embeds.length + draft.attachments.length + draft.components.length === 0 &&
      !draft.hasPollOrStickers;
  if (isEmpty) throw refusal('emptyMessage');
}

function checkReferences({ components, embeds, attachments }: MessageDraft, at: Path): void {
  const names = new Set(attachments.map(({ name }) => name));
  const inEmbeds = embeds.flatMap((embed, index) =>
    ['image', 'thumbnail'].flatMap((field) => {
      const url = (embed[field] as Json | undefined)?.url;
      return typeof url === 'string' ? [{ url, path: ['embeds', index, field, 'url'] }] : [];
    }),
  );
  const errors = [...mediaOf(components), ...inEmbeds]
    .filter(({ url }) => url.startsWith('attachment://') && !names.has(sanitizeFileName(url.slice(13))))
    .map(({ url, path }) => ({
      path: [...at, ...path],
      code: 'UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND',
      message: `The referenced attachment '${url}' does not exist`,
    }));
  if (errors.length > 0) throw invalidForm(errors);
}

/** https://docs.discord.com/developers/resources/message#embed-object-embed-limits */
function embedErrors(embeds: readonly Json[], at: Path): FieldError[] {
  const errors: FieldError[] = [];
  let total = 0;
  const limit = (value: unknown, most: number, path: Path) => {
    total += size(value);
    if (size(value) > most) errors.push(tooLong(path, most));
  };
  if (embeds.length > 10) errors.push(tooLong(at, 10));
  embeds.forEach((embed, index) => {
    const path = [...at, index];
    const fields = (embed.fields as Json[] | undefined) ?? [];
    limit(embed.title, 256, [...path, 'title']);
    limit(embed.description, 4096, [...path, 'description']);
    limit((embed.footer as Json | undefined)?.text, 2048, [...path, 'footer', 'text']);
    limit((embed.author as Json | undefined)?.name, 256, [...path, 'author', 'name']);
    if (fields.length > 25) errors.push(tooLong([...path, 'fields'], 25));
    fields.forEach((field, nth) => {
      const place = [...path, 'fields', nth];
      for (const [name, most] of [
        ['name', 256],
        ['value', 1024],
      ] as const) {
        if (size(field[name]) === 0) errors.push(missing([...place, name]));
        limit(field[name], most, [...place, name]);
      }
    });
  });
  if (total > 6000) {
    const message = 'Embed size exceeds maximum size of 6000';
    errors.push({ path: at, code: 'MAX_EMBED_SIZE_EXCEEDED', message });
  }
  return errors;
}

/** @throws {ApiRefusal} when a modal breaks https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-response-object-modal */
export function checkModal(modal: Json): void {
  const errors: FieldError[] = [];
  const components = (modal.components as Component[] | undefined) ?? [];
  for (const [field, most] of [
    ['custom_id', 100],
    ['title', 45],
  ] as const) {
    if (size(modal[field]) < 1 || size(modal[field]) > most) errors.push(badLength(['data', field], 1, most));
  }
  if (components.length < 1 || components.length > 5) errors.push(badLength(['data', 'components'], 1, 5));
  components.forEach((component, index) => {
    const path = ['data', 'components', index];
    if (component.type === 18) {
      if (size(component.label) < 1 || size(component.label) > 45) errors.push(badLength([...path, 'label'], 1, 45));
      if (size(component.description) > 100) errors.push(tooLong([...path, 'description'], 100));
      if (!component.component) errors.push(missing([...path, 'component']));
    } else if (component.type !== 1 && component.type !== 10) {
      const message = 'Value of field "type" must be one of (1, 10, 18).';
      errors.push({ path, code: 'UNION_TYPE_CHOICES', message });
    }
  });
  for (const field of modalFields(modal)) {
    const path = ['data', 'components'];
    if (size(field.custom_id) < 1 || size(field.custom_id) > 100)
      errors.push(badLength([...path, 'custom_id'], 1, 100));
    if (size(field.placeholder) > (field.type === 4 ? 100 : 150)) errors.push(tooLong([...path, 'placeholder'], 100));
    if (size(field.value) > Number(field.max_length ?? 4000)) {
      errors.push(tooLong([...path, 'value'], Number(field.max_length ?? 4000)));
    }
    if (field.type === 19 && Number(field.max_values ?? 1) > 10) {
      const message = 'int value should be less than or equal to 10.';
      errors.push({ path: [...path, 'max_values'], code: 'NUMBER_TYPE_MAX', message });
    }
  }
  if (errors.length > 0) throw invalidForm(errors);
}

/** What can be filled in: text inputs, selects, file uploads, groups. */
export function modalFields(modal: Json): Component[] {
  return ((modal.components as Component[] | undefined) ?? []).flatMap((holder) => {
    if (holder.type === 1) return holder.components ?? [];
    return holder.component ? [holder.component as Component] : [];
  });
}
