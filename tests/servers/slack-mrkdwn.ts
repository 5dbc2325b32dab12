import {
  beginRendering,
  type Markup,
  type Names,
  type Rendered,
  type Rendering,
  renderAutomatic,
  renderEmoji,
  renderSequences,
} from '#tests/servers/slack-markup.ts';

const styles = [pairOf('*', 'bold'), pairOf('_', 'italic'), pairOf('~', 'strike')];

function pairOf(marker: string, kind: Markup['kind']): { pair: RegExp; kind: Markup['kind'] } {
  const [rim, gap] = [`[\\p{L}\\p{N}${marker}]`, '\\s\\u200b\\u2060'];
  const open = `(?<!${rim})[${marker}](?![${gap}${marker}])`;
  return { pair: new RegExp(`${open}([^\\n]*?[^${gap}])[${marker}](?!${rim})`, 'gu'), kind };
}

/**
 * Slack's mrkdwn as a reader sees it. A marker takes effect between a word's rim and a character that is neither a
 * space nor a zero-width one, on one line; so a zero-width character right inside a pair breaks it. `automatic` is off
 * for text objects with `verbatim`; `linkNames` is what `parse: full`, `link_names` and text objects without `verbatim` do.
 */
export function renderMrkdwn(
  source: string,
  names: Names,
  { automatic = true, linkNames = false }: { automatic?: boolean; linkNames?: boolean } = {},
): Rendered {
  const to = beginRendering();
  const fenced = source.replaceAll(/```(?![\u200b\u2060])([\s\S]*?[^\u200b\u2060])```/g, (_, inside: string) => {
    const shown = renderSequences(inside, names, to);
    to.add('pre', shown);
    return to.atom(shown);
  });
  const coded = fenced.replaceAll(/`(?![\u200b\u2060])([^`\n]*[^`\n\u200b\u2060])`/g, (_, inside: string) => {
    const shown = renderSequences(inside, names, to);
    to.add('code', shown);
    return to.atom(shown);
  });
  const linked = renderSequences(coded, names, to);
  const found = automatic ? renderAutomatic(linked, names, to, linkNames) : linked;
  return to.finish(renderQuotes(renderStyles(renderEmoji(found, to), to), to));
}

function renderStyles(text: string, to: Rendering): string {
  let shown = text;
  for (const { pair, kind } of styles) {
    shown = shown.replaceAll(pair, (_, inside: string) => {
      const inner = renderStyles(inside, to);
      to.add(kind, inner);
      return inner;
    });
  }
  return shown;
}

function renderQuotes(text: string, to: Rendering): string {
  const opening = /^(?:&gt;|>){3}/m.exec(text);
  const head = opening ? text.slice(0, opening.index) : text;
  const rest = opening ? text.slice(opening.index + opening[0].length) : '';
  if (opening) to.add('quote', rest.trim());
  const quoted = head.replaceAll(/^(?:&gt;|>) ?([^\n]*)/gm, (_, inside: string) => {
    to.add('quote', inside);
    return inside;
  });
  return quoted + rest;
}
