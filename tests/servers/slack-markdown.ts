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

const pairs = [
  [/\*\*(?=\S)([^\n]*?\S)\*\*/g, 'bold'],
  [/(?<![\p{L}\p{N}_])__(?=\S)([^\n]*?\S)__(?![\p{L}\p{N}_])/gu, 'bold'],
  [/~~?(?=[^\s~])([^\n]*?[^\s~])~~?/g, 'strike'],
  [/\*(?=[^\s*])([^\n*]*?[^\s*])\*/g, 'italic'],
  [/(?<![\p{L}\p{N}_])_(?=[^\s_])([^\n]*?[^\s_])_(?![\p{L}\p{N}_])/gu, 'italic'],
] as const satisfies [RegExp, Markup['kind']][];

/** Standard markdown as a markdown block or `markdown_text` shows it, mentions in Slack's form included. */
export function renderMarkdown(source: string, names: Names): Rendered {
  const to = beginRendering();
  const fenced = source.replaceAll(/^```[^\n]*\n([\s\S]*?)^```[^\S\n]*$/gm, (_, inside: string) => {
    to.add('pre', inside);
    return to.atom(inside);
  });
  const coded = fenced.replaceAll(/(?<![\\`])(`+)([^`](?:[\s\S]*?[^`])?)\1(?!`)/g, (_, _ticks, inside: string) => {
    to.add('code', inside);
    return to.atom(inside);
  });
  const escaped = coded.replaceAll(/\\([!-/:-@[-`{-~])/g, (_, character: string) => to.atom(character));
  const addressed = escaped.replaceAll(
    /(!?)\[([^\]\n]*)\]\((\S+?)(?:\s+"[^"]*")?\)/g,
    (_, image: string, label: string, address: string) => {
      to.add(image ? 'image' : 'link', label, address);
      return to.atom(label);
    },
  );
  const linked = renderAutomatic(renderSequences(addressed, names, to), names, to, false);
  const lines = renderEmoji(linked, to)
    .split('\n')
    .map((line) => renderLine(line, to));
  return to.finish(renderPairs(lines.join('\n'), to));
}

function renderLine(line: string, to: Rendering): string {
  const heading = /^ {0,3}#{1,6}\s+(.*)$/.exec(line)?.[1];
  if (heading !== undefined) {
    to.add('heading', heading);
    return heading;
  }
  const quote = /^ {0,3}(?:>|&gt;) ?(.*)$/.exec(line)?.[1];
  if (quote !== undefined) {
    to.add('quote', quote);
    return quote;
  }
  const item = /^\s*(?:[-*+]|\d{1,9}[.)])\s+(.*)$/.exec(line)?.[1];
  if (item !== undefined) {
    to.add('list', item);
    return `• ${item}`;
  }
  if (/^\s*\|.*\|\s*$/.test(line)) to.add('table', line.trim());
  return line;
}

function renderPairs(text: string, to: Rendering): string {
  let shown = text;
  for (const [pair, kind] of pairs) {
    shown = shown.replaceAll(pair, (_, inside: string) => {
      const inner = renderPairs(inside, to);
      to.add(kind, inner);
      return inner;
    });
  }
  return shown;
}
