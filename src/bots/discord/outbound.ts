import type {
  APIComponentInContainer,
  APIMessageTopLevelComponent,
  RESTPostAPIChannelMessageJSONBody,
} from 'discord.js';
import { shorten } from '#bots/cut-text.ts';
import { quote } from '#bots/discord/format.ts';
import { buttonStyle, componentType, messageFlag } from '#bots/discord/protocol.ts';
import type { PreparedPicture } from '#bots/prepare-pictures.ts';
import type { OutgoingAction, OutgoingImage, OutgoingMessage, OutgoingPart } from '#core/ports/message.ts';
import { numberFormat } from '#src/formatters.ts';
import type { I18n, Text } from '#src/i18n.ts';

/** https://docs.discord.com/developers/components/reference#button-button-structure */
const labelCharsMax = 80;
export const buttonsPerRow = 5;
/** https://docs.discord.com/developers/components/reference#string-select */
const optionsPerMenu = 25;
const optionCharsMax = 100;
const placeholderCharsMax = 150;
/** https://docs.discord.com/developers/components/reference#media-gallery-media-gallery-item-structure */
const altCharsMax = 1024;

const accents: Record<OutgoingMessage['tone'], number> = {
  info: 0x5865f2,
  progress: 0x3b82f6,
  success: 0x23a55a,
  warning: 0xf0b232,
  error: 0xf23f43,
};

/** The words of a part above and below its pictures, with markup; pure. */
export function layOutWords(i18n: Pick<I18n, 'say'>, part: Pick<OutgoingMessage, WordKeys>): string[] {
  const say = (text: Text) => i18n.say(text, part, quote);
  const above = [
    ...(part.title ? [heading(say(part.title))] : []),
    ...(part.progress ? [progressBar(part.progress, part.locale)] : []),
    ...part.lines.map(say),
  ];
  const below = part.fields.map(({ label, value }) => {
    const words = say(label);
    const bold = words.trim() === '' ? words : `**${words}**`;
    return i18n.say({ key: 'field', values: { label: bold, value: say(value) } }, part);
  });
  return [above.join('\n'), below.join('\n')].filter((words) => words !== '');
}
export type WordKeys = 'locale' | 'timeZone' | 'title' | 'progress' | 'lines' | 'fields';

/** A heading is one line, and Discord takes `#` off its end; everything else is bold. */
function heading(title: string): string {
  if (title.trim() === '') return title;
  const isPlain = title === title.trim() && !/\n|#$/.test(title);
  return isPlain ? `### ${title}` : `**${title}**`;
}

const barCells = 14;

/** Blocks are drawn the same on light and dark. */
function progressBar({ done, total }: { done: number; total: number }, locale: string): string {
  const share = total > 0 ? Math.min(1, Math.max(0, done / total)) : 0;
  // Only what is really done fills the bar.
  const filled = Math.floor(share * barCells);
  const number = numberFormat(locale);
  return `${'▰'.repeat(filled)}${'▱'.repeat(barCells - filled)} ${number.format(done)} / ${number.format(total)}`;
}

/** What a part shows and the names of its files; the same for sending and editing. */
export function messageBody(
  i18n: Pick<I18n, 'say'>,
  part: OutgoingPart,
  shown: { pictures: readonly PreparedPicture[]; leftOut: readonly OutgoingImage[]; marker?: number | undefined },
): Pick<RESTPostAPIChannelMessageJSONBody, 'components' | 'flags' | 'allowed_mentions'> {
  const lines = shown.leftOut.length > 0 ? [...part.lines, leftOutText(shown.leftOut)] : part.lines;
  const [above, below] = layOutWords(i18n, { ...part, lines });
  const pictures = pictureComponents(i18n, part, shown.pictures);
  const content: APIComponentInContainer[] = [
    ...(above === undefined ? [] : [{ type: componentType.textDisplay, content: above }]),
    ...pictures,
    ...(below === undefined ? [] : [{ type: componentType.textDisplay, content: below }]),
    ...actionRows(i18n, part),
    ...choiceRows(i18n, part),
  ];
  if (content.length === 0) content.push({ type: componentType.textDisplay, content: '\u200b' });
  return {
    flags: messageFlag.componentsV2,
    components: frame(part, content, shown.marker),
    // Typed text never notifies anybody, whatever it holds.
    allowed_mentions: { parse: [] },
  };
}

/** Pictures alone have the whole width; words have a coloured frame. */
function frame(part: OutgoingPart, content: APIComponentInContainer[], marker: number | undefined) {
  const id = marker === undefined ? {} : { id: marker };
  const [first, ...rest] = content;
  const isGallery = part.images.length > 0 && part.fields.length === 0 && !part.progress;
  const components: APIMessageTopLevelComponent[] =
    isGallery && first
      ? [{ ...first, ...id }, ...rest]
      : [{ type: componentType.container, ...id, accent_color: accents[part.tone], components: content }];
  return components;
}

function pictureComponents(
  i18n: Pick<I18n, 'say'>,
  part: OutgoingPart,
  pictures: readonly PreparedPicture[],
): APIComponentInContainer[] {
  if (pictures.length === 0) return [];
  if (part.imagesAs === 'files') {
    return pictures.map(({ name, image }) => ({
      type: componentType.file,
      file: { url: `attachment://${name}` },
      spoiler: image.spoiler === true,
    }));
  }
  const items = pictures.map(({ name, image }) => ({
    media: { url: `attachment://${name}` },
    description: altText(i18n, part, image),
    spoiler: image.spoiler === true,
  }));
  return [{ type: componentType.mediaGallery, items }];
}

/** Plain text: Discord reads no markup in it. */
export function altText(i18n: Pick<I18n, 'say'>, part: OutgoingPart, image: OutgoingImage): string {
  return shorten(i18n.say(image.alt, part), altCharsMax);
}

function actionRows(i18n: Pick<I18n, 'say'>, part: OutgoingPart): APIComponentInContainer[] {
  const unique = [...new Map(part.actions.map((action) => [action.id, action])).values()];
  const rows: OutgoingAction[][] = [];
  for (let first = 0; first < unique.length; first += buttonsPerRow)
    rows.push(unique.slice(first, first + buttonsPerRow));
  return rows.map((actions) => ({
    type: componentType.actionRow,
    components: actions.map((action) => ({
      type: componentType.button,
      style: buttonStyle[action.style],
      custom_id: action.id,
      label: shorten(i18n.say(action.label, part), labelCharsMax),
    })),
  }));
}

/** A menu's value is the command that it stands for. */
function choiceRows(i18n: Pick<I18n, 'say'>, part: OutgoingPart): APIComponentInContainer[] {
  const { label, options = [] } = part.choices ?? {};
  if (!label) return [];
  const menus = Array.from({ length: Math.ceil(options.length / optionsPerMenu) }, (_, index) =>
    options.slice(index * optionsPerMenu, (index + 1) * optionsPerMenu),
  );
  return menus.map((some, index) => ({
    type: componentType.actionRow,
    components: [
      {
        type: componentType.stringSelect,
        custom_id: `choices ${index + 1}`,
        placeholder: shorten(i18n.say(label, part), placeholderCharsMax),
        options: some.map((option) => ({
          label: shorten(i18n.say(option.label, part), optionCharsMax),
          value: option.id,
        })),
      },
    ],
  }));
}

/** Says which pictures are missing, by their numbers where they have one. */
export function leftOutText(leftOut: readonly OutgoingImage[]): Text {
  const numbers = leftOut.map(({ alt, name }) => {
    const number = 'values' in alt ? alt.values?.number : undefined;
    if (typeof number === 'number') return number;
    const named = /^[^-]+-(\d+)(?:\.\w+)?$/.exec(name)?.[1];
    return named === undefined ? name : Number(named);
  });
  return { key: 'delivery.leftOut', values: { count: numbers.length, numbers: { list: numbers } } };
}
