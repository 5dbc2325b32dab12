import { addUpload, type ChosenFile } from '#tests/servers/discord-command-data.ts';
import type { Context } from '#tests/servers/discord-context.ts';
import { modalFields } from '#tests/servers/discord-message-rules.ts';
import type { Channel, Component, Json } from '#tests/servers/discord-world.ts';

/** What a person fills in, by custom id: a text, what they chose, or files. */
export type FormValues = Readonly<Record<string, string | readonly string[] | readonly ChosenFile[]>>;

/**
 * The `data` of a submitted modal.
 * @throws what the client would not have let the person send.
 */
export function createModalData(context: Context, channel: Channel, modal: Json, values: FormValues): Json {
  const attachments: Record<string, Json> = {};
  const known = new Set(modalFields(modal).map(({ custom_id }) => custom_id));
  const unknown = Object.keys(values).find((id) => !known.has(id));
  if (unknown) throw new Error(`the form has no field ${unknown}`);

  const fill = (field: Component): Json => {
    const { type, id, custom_id } = field;
    const given = values[String(custom_id)];
    if (type === 4) return { type, id, custom_id, value: readText(field, given) };
    const chosen = given === undefined ? [] : typeof given === 'string' ? [given] : [...given];
    const least = Number(field.min_values ?? (field.required === false ? 0 : 1));
    const most = Number(field.max_values ?? 1);
    if (chosen.length < least || chosen.length > most) throw new Error(`${custom_id} takes ${least} to ${most} values`);
    const options = (field.options as Json[] | undefined)?.map(({ value }) => value);
    const ids = chosen.map((one) => {
      if (typeof one === 'string') {
        if (options && !options.includes(one)) throw new Error(`${custom_id} has no option ${one}`);
        return one;
      }
      const attachment = addUpload(context, channel, one, true);
      attachments[attachment.id] = context.payloads.attachment(attachment, channel.id);
      return attachment.id;
    });
    // A radio group has one value, everything else a list.
    return type === 21 ? { type, id, custom_id, value: ids[0] ?? null } : { type, id, custom_id, values: ids };
  };
  const components = (modal.components as Component[]).map((holder, index) => {
    const id = holder.id ?? index + 1;
    if (holder.type === 1) return { type: 1, id, components: (holder.components ?? []).map(fill) };
    if (holder.type === 18) return { type: 18, id, component: fill(holder.component as Component) };
    return { type: holder.type, id };
  });
  return {
    custom_id: modal.custom_id,
    components,
    ...(Object.keys(attachments).length > 0 ? { resolved: { attachments } } : {}),
  };
}

function readText(field: Component, given: FormValues[string] | undefined): string {
  const text = String(given ?? field.value ?? '');
  if (text === '' && field.required !== false) throw new Error(`${field.custom_id} is required`);
  if (text.length > Number(field.max_length ?? 4000)) throw new Error(`${field.custom_id} is too long`);
  if (text !== '' && text.length < Number(field.min_length ?? 0)) throw new Error(`${field.custom_id} is too short`);
  return text;
}
