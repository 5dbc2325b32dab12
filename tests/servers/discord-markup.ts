/** What of a text Discord's clients draw as something else than its characters. */
export interface ReadText {
  /** What a reader sees: markers and escapes are gone, mentions and dates are spelled out. */
  text: string;
  /** What was drawn, each kind once, in order: bold, italic, link, user mention, spoiler, code… */
  markup: string[];
  /** Bare addresses that became clickable. */
  autolinks: string[];
}

/** Names of what is mentioned; undefined leaves the mention's code. */
export interface Names {
  user(id: string): string | undefined;
  role(id: string): string | undefined;
  channel(id: string): string | undefined;
}

interface Rule {
  /** Undefined: nothing is drawn that was not typed. */
  kind?: string;
  /** Only where a line begins, outside other markup. */
  atLineStart?: true;
  /** Matched from the place reached. */
  pattern: RegExp;
  /** What the reader sees of it. `inner` reads markup inside. */
  show(match: RegExpExecArray, inner: (source: string, asBlock?: boolean) => string, state: State): string;
}

interface State {
  names: Names;
  markup: Set<string>;
  autolinks: string[];
}

/** Of more than a thousand; enough to show that a typed `:fox:` turns into a picture. */
const shortcodes =
  'smile|grin|joy|heart|fire|fox|cat|dog|tada|thumbsup|thumbsdown|\\+1|-1|star|rocket|eyes|skull|sob|wave|ok|x|100|art|sunny|moon|house|tree|rose|robot|ghost|crown|warning|white_check_mark';

const first = (match: RegExpExecArray) => match[1] ?? '';

/** Tried in this order; the patterns are those of Discord's clients, which build on simple-markdown. */
const rules: readonly Rule[] = [
  {
    kind: 'code block',
    pattern: /^```(?:([a-z0-9_+\-.#]+?)\n)?\n*([^\n][\s\S]*?)\n*```/i,
    show: (match) => match[2] ?? '',
  },
  {
    kind: 'quote',
    atLineStart: true,
    pattern: /^ *>>> +([\s\S]*)/,
    show: (match, inner) => inner(first(match), true),
  },
  {
    kind: 'quote',
    atLineStart: true,
    pattern: /^ *>(?!>>) +[^\n]*(?:\n *>(?!>>) +[^\n]*)*/,
    show: (match, inner) => inner(match[0].replace(/^ *> +/gm, ''), true),
  },
  {
    kind: 'heading',
    atLineStart: true,
    pattern: /^ *#{1,3} +(?=\S)([^\n]*?)#*(?=\n|$)/,
    show: (m, inner) => inner(first(m)),
  },
  { kind: 'subtext', atLineStart: true, pattern: /^ *-# +(?=\S)([^\n]*)/, show: (m, inner) => inner(first(m)) },
  {
    kind: 'list',
    atLineStart: true,
    pattern: /^ *([*+-]|\d+\.) +(?=\S)([^\n]*)/,
    show: (match, inner) => `${/\d/.test(first(match)) ? first(match) : '•'} ${inner(match[2] ?? '')}`,
  },
  { pattern: /^\\([^0-9A-Za-z\s])/u, show: first },
  { kind: 'code', pattern: /^(`+)([\s\S]*?[^`])\1(?!`)/, show: (match) => (match[2] ?? '').replace(/^ (.*) $/, '$1') },
  {
    kind: 'link',
    pattern:
      /^\[((?:\[[^\]]*\]|[^[\]]|\](?=[^[]*\]))*)\]\(\s*<?(https?:\/\/(?:[^\s\\]|\\.)*?)>?(?:\s+['"][\s\S]*?['"])?\s*\)/,
    show: (match, inner) => inner(first(match)),
  },
  { pattern: /^<(https?:\/\/[^ >]+)>/, show: (match, _inner, state) => addLink(state, first(match)) },
  {
    pattern: /^https?:\/\/[^\s<]+[^<.,:;"'\]\s]/,
    show: ([url], _inner, state) => addLink(state, url),
  },
  { kind: 'email', pattern: /^<([^\s@>]+@[^\s@>]+\.[^\s@>]+)>/, show: first },
  { kind: 'phone', pattern: /^<(\+\d[\d -]+)>/, show: first },
  {
    kind: 'user mention',
    pattern: /^<@!?(\d+)>/,
    show: (match, _inner, { names }) => `@${names.user(first(match)) ?? 'unknown-user'}`,
  },
  {
    kind: 'role mention',
    pattern: /^<@&(\d+)>/,
    show: (match, _inner, { names }) => `@${names.role(first(match)) ?? 'unknown-role'}`,
  },
  {
    kind: 'channel mention',
    pattern: /^<#(\d+)>/,
    show: (match, _inner, { names }) => `#${names.channel(first(match)) ?? 'unknown'}`,
  },
  { kind: 'command mention', pattern: /^<(\/[-_ \p{L}\p{N}]+):\d+>/u, show: first },
  { kind: 'guild link', pattern: /^<id:(customize|browse|guide|linked-roles)(?::\d+)?>/, show: first },
  {
    kind: 'timestamp',
    pattern: /^<t:(-?\d{1,13})(?::[tTdDfFsSR])?>/,
    show: (match) => new Date(Number(first(match)) * 1000).toISOString(),
  },
  { kind: 'emoji', pattern: /^<a?:(\w+):\d+>/, show: (match) => `:${first(match)}:` },
  { kind: 'emoji', pattern: new RegExp(`^:(?:${shortcodes}):`), show: ([whole]) => whole },
  { kind: 'everyone mention', pattern: /^@everyone/, show: ([whole]) => whole },
  { kind: 'here mention', pattern: /^@here/, show: ([whole]) => whole },
  { kind: 'bold', pattern: /^\*\*((?:\\[\s\S]|[^\\])+?)\*\*(?!\*)/, show: (m, inner) => inner(first(m)) },
  { kind: 'underline', pattern: /^__((?:\\[\s\S]|[^\\])+?)__(?!_)/, show: (m, inner) => inner(first(m)) },
  {
    kind: 'italic',
    pattern: /^\*(?=\S)((?:\*\*|\\[\s\S]|\s+(?:\\[\s\S]|[^\s*\\]|\*\*)|[^\s*\\])+?)\*(?!\*)/,
    show: (m, inner) => inner(first(m)),
  },
  { kind: 'italic', pattern: /^\b_((?:__|\\[\s\S]|[^\\_])+?)_\b/, show: (m, inner) => inner(first(m)) },
  { kind: 'strikethrough', pattern: /^~~([\s\S]+?)~~(?!_)/, show: (m, inner) => inner(first(m)) },
  { kind: 'spoiler', pattern: /^\|\|([\s\S]+?)\|\|/, show: (m, inner) => inner(first(m)) },
];

/** Everything up to the next character that could begin something. */
const plain = /^[\s\S](?:(?!https?:\/\/)[0-9A-Za-z \u00c0-\u2fff\u3040-\ud7ff\u{10000}-\u{10ffff}])*/u;

function addLink(state: State, url: string): string {
  state.autolinks.push(url);
  return url;
}

function read(source: string, asBlock: boolean, state: State): string {
  let text = '';
  let rest = source;
  let atLineStart = asBlock;
  while (rest !== '') {
    const fitting = findRule(rest, atLineStart);
    if (fitting) {
      const { rule, match } = fitting;
      if (rule.kind) state.markup.add(rule.kind);
      text += rule.show(match, (inner, block = false) => read(inner, block, state), state);
    } else text += plain.exec(rest)?.[0] ?? rest[0];
    const taken = fitting?.match[0] ?? plain.exec(rest)?.[0] ?? rest.slice(0, 1);
    atLineStart = asBlock && taken.endsWith('\n');
    rest = rest.slice(taken.length);
  }
  return text;
}

function findRule(rest: string, atLineStart: boolean): { rule: Rule; match: RegExpExecArray } | undefined {
  for (const rule of rules) {
    const match = rule.atLineStart && !atLineStart ? null : rule.pattern.exec(rest);
    if (match) return { rule, match };
  }
  return undefined;
}

/** Reads a text as Discord's clients draw it. */
export function readMarkup(source: string, names: Names): ReadText {
  const state: State = { names, markup: new Set(), autolinks: [] };
  const text = read(source, true, state);
  return { text, markup: [...state.markup], autolinks: state.autolinks };
}

/**
 * Mentions that notify. The server finds them in the text as sent: a backslash does not stop them, a code span does.
 */
export function findMentions(source: string): { users: string[]; roles: string[]; everyone: boolean; here: boolean } {
  const text = source.replace(/```[\s\S]*?```|(`+)[\s\S]*?[^`]\1(?!`)/g, '');
  const ids = (pattern: RegExp) => [...new Set([...text.matchAll(pattern)].map((match) => match[1] ?? ''))];
  return {
    users: ids(/<@!?(\d+)>/g),
    roles: ids(/<@&(\d+)>/g),
    everyone: text.includes('@everyone'),
    here: text.includes('@here'),
  };
}
