import { type Place, UserError, type UserErrors } from '#core/errors.ts';
import type { OutgoingMessage } from '#core/ports/message.ts';
import { scopeKeys, whoKeys } from '#core/workspaces/say-policy.ts';
import type { Key, Reader, Text, TextValue } from '#src/i18n.ts';

/** The private answer to something that could not be done; a bug shows its reference id and nothing else. */
export function renderError(error: unknown, reader: Reader, requestId: string): OutgoingMessage {
  return {
    ...reader,
    audience: 'private',
    tone: 'error',
    lines:
      error instanceof UserError
        ? [errorText(error), ...(error.place ? [placeText(error.place)] : [])]
        : [{ key: 'errors.bug', values: { reference: requestId } }],
    fields: [],
    images: [],
    imagesAs: 'pictures',
    actions: [],
  };
}

/** The sentence of a refusal: `errors.<code>` with its values. */
export function errorText(error: UserError): Text {
  const values: Partial<Record<string, unknown>> = error.values;
  return {
    key: `errors.${error.code}` as Key,
    values: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, textValue(name, value)])),
  };
}

function placeText({ line, column }: Place): Text {
  if (line === undefined) return { key: 'errors.place', values: { column } };
  return { key: 'errors.placeInLine', values: { line, column } };
}

function textValue(name: string, value: unknown): TextValue {
  if (name === 'role') return { key: `roles.${value as UserErrors['role.required']['role']}` };
  if (name === 'scope') return { key: scopeKeys[value as keyof typeof scopeKeys] };
  if (name === 'who') return { key: whoKeys[value as keyof typeof whoKeys] };
  if (name.endsWith('At')) return { at: String(value), style: 'datetime' };
  if (Array.isArray(value)) return { list: value };
  return typeof value === 'number' ? value : String(value);
}
