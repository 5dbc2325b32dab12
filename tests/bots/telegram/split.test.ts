import { describe, expect, test } from 'vitest';
import { entitiesOf, lengthOf, toPlain } from '#bots/telegram/format.ts';
import { limits } from '#bots/telegram/limits.ts';
import { layOutText } from '#bots/telegram/outbound.ts';
import { splitMessage } from '#bots/telegram/split.ts';
import type { OutgoingImage, OutgoingMessage, OutgoingPart } from '#core/ports/message.ts';
import { i18n } from '#tests/bots/bot-deps.ts';
import { outgoing } from '#tests/bots/outgoing.ts';

const action = { id: 'show k7m2q4 --as files', label: { key: 'action.originals' }, style: 'secondary' } as const;

function message(content: Partial<OutgoingMessage>): OutgoingMessage {
  return outgoing({ tone: 'success', ...content });
}

function pictures(count: number): OutgoingImage[] {
  return Array.from({ length: count }, (_, index) => ({
    blob: String(index),
    type: 'png',
    width: 8,
    height: 8,
    name: `${index}.png`,
    alt: { verbatim: `picture ${index}` },
  }));
}

function sayAll(parts: readonly OutgoingPart[]): string {
  return parts.map((part) => toPlain(layOutText(i18n, part))).join('\n');
}

describe('a gallery', () => {
  test.each([
    [1, '1+button'],
    [2, '2 button'],
    [4, '4 button'],
    [10, '10 button'],
    [11, '10 1+button'],
    [23, '10 10 3 button'],
    [500, `${'10 '.repeat(50)}button`],
  ])('of %i pictures is albums of ten, its button below a single picture or after them', (count, shape) => {
    const gallery = message({ title: { verbatim: 'foxes' }, images: pictures(count), actions: [action] });
    const parts = splitMessage(i18n, gallery, limits);
    const shown = parts.map(({ images, actions }) => {
      const button = actions.length > 0 ? 'button' : '';
      return images.length === 0 ? button : `${images.length}${button && `+${button}`}`;
    });
    expect(shown.join(' ')).toBe(shape);
    expect(parts.map(({ title }) => title !== undefined)).toEqual(parts.map((_, index) => index === 0));
  });

  test.each([
    [2, [], '2 2'],
    [11, [action], '10 1 11+1'],
  ])('of %i pictures to choose from has their numbers in a message after it', (count, actions, shape) => {
    const images = pictures(count);
    const options = images.map((_, index) => ({
      ...{ id: `picture k7m2q4 ${index + 1}`, number: index + 1 },
      label: { verbatim: 'a fox' },
    }));
    const choices = { label: { key: 'gallery.choose' as const }, options };
    const parts = splitMessage(i18n, message({ images, actions: [...actions], choices }), limits);
    const shown = parts.map(({ images: shownImages, actions: buttons, choices: offered }) => {
      if (shownImages.length > 0) return [shownImages.length, ...(offered ? ['choices'] : [])].join('+');
      return [offered?.options.length, ...(buttons.length > 0 ? [buttons.length] : [])].join('+');
    });
    expect(shown.join(' ')).toBe(shape);
  });

  test('whose words fill more than a caption says them in a message before', () => {
    const lines = [{ verbatim: 'w'.repeat(800) }];
    const parts = splitMessage(i18n, message({ lines, images: pictures(2) }), limits);
    expect(parts.map(({ images }) => images.length)).toEqual([0, 2]);
    expect(parts.map((part) => part.lines)).toEqual([lines, []]);
  });
});

describe('words', () => {
  const long = Array.from({ length: 2000 }, (_, index) => `word${index}`).join(' ');
  const wordsOf = (text: string) => text.match(/word\d+/g);

  test('that are too long are cut into messages that fit, with none lost, and the buttons below the last', () => {
    const help = message({
      tone: 'error',
      title: { key: 'commands.help.title' },
      lines: [
        { verbatim: long },
        { key: 'errors.command.unexpected', values: { command: 'help', text: long } },
        { key: 'commands.status.none' },
      ],
      fields: [{ label: { verbatim: 'label' }, value: { verbatim: long } }],
      progress: { done: 1, total: 2 },
      actions: [action],
    });
    const parts = splitMessage(i18n, help, limits);
    for (const part of parts) {
      expect(lengthOf(layOutText(i18n, part))).toBeLessThanOrEqual(limits.textMax);
      expect(lengthOf(layOutText(i18n, part))).toBeGreaterThan(0);
    }
    const expected = wordsOf(long) ?? [];
    expect(wordsOf(sayAll(parts))).toEqual([...expected, ...expected, ...expected]);
    expect(sayAll(parts)).toContain('label');
    expect(sayAll(parts)).toContain('1/2');
    expect(sayAll(parts).match(/❌/g)).toHaveLength(1);
    expect(parts.map(({ actions }) => actions.length)).toEqual(
      parts.map((_, index) => (index < parts.length - 1 ? 0 : 1)),
    );
  });

  test('that open directions everywhere still fit after these are closed', () => {
    const typed = '\u202e'.repeat(9000);
    for (const part of splitMessage(i18n, message({ title: { verbatim: typed } }), limits)) {
      expect(lengthOf(layOutText(i18n, part))).toBeLessThanOrEqual(limits.textMax);
    }
  });

  test('with more formatting than Telegram shows in one message are several', () => {
    const lines = Array.from({ length: 250 }, (_, index) => ({ verbatim: `m${index}` }));
    const parts = splitMessage(i18n, message({ lines }), limits);
    expect(parts).toHaveLength(3);
    for (const part of parts) expect(entitiesOf(layOutText(i18n, part))).toBeLessThanOrEqual(100);
    expect(parts.flatMap((part) => part.lines)).toEqual(lines);
  });
});
