/** Formatting that took effect, and on what. `target` is the address, or the person's or channel's id. */
export interface Markup {
  kind:
    | 'bold'
    | 'italic'
    | 'strike'
    | 'code'
    | 'pre'
    | 'quote'
    | 'list'
    | 'heading'
    | 'table'
    | 'link'
    | 'image'
    | 'emoji'
    | 'user'
    | 'channel'
    | 'group'
    | 'date'
    | 'broadcast';
  text: string;
  target?: string;
}

export interface Rendered {
  text: string;
  markup: Markup[];
  pings: string[];
}

/** What ids and names stand for in this workspace. */
export interface Names {
  user(id: string): string | undefined;
  channel(id: string): string | undefined;
  /** Id of the channel with this name. */
  channelNamed(name: string): string | undefined;
}

/** Starts a rendering: atoms are finished pieces, kept as one private-use character until `finish`. */
export function beginRendering() {
  const atoms: string[] = [];
  const markup: Markup[] = [];
  const pings: string[] = [];
  const add = (kind: Markup['kind'], text: string, target?: string): void => {
    markup.push(target === undefined ? { kind, text } : { kind, text, target });
  };
  const atom = (text: string): string => {
    atoms.push(text);
    return String.fromCharCode(0xe000 + atoms.length - 1);
  };
  const unfold = (text: string): string =>
    text.replaceAll(/[\ue000-\uf8ff]/g, (character) => {
      const kept = atoms[character.charCodeAt(0) - 0xe000];
      return kept === undefined ? character : unfold(kept);
    });
  const plain = (text: string): string => withoutZeroWidth(unfold(decode(text)));
  return {
    markup,
    pings,
    add: (kind: Markup['kind'], text: string, target?: string) => add(kind, plain(text), target),
    /** Keeps a piece that is not looked at again. */
    atom: (text: string) => atom(decode(text)),
    finish: (text: string): Rendered => ({ text: plain(text), markup, pings }),
  };
}

export type Rendering = ReturnType<typeof beginRendering>;

/** Slack decodes these three once, nothing else. docs.slack.dev/messaging/formatting-message-text */
export function decode(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

export function encode(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

export function withoutZeroWidth(text: string): string {
  return text.replaceAll(/[\u200b\u2060]/g, '');
}

/** `<…>`: mentions, dates and links. What is none of these stays as typed. */
export function renderSequences(text: string, names: Names, to: Rendering): string {
  return text.replaceAll(/<([^<>\n]+)>/g, (whole, inside: string) => {
    const [head = '', label] = splitOnce(inside, '|');
    const show = (kind: Markup['kind'], shown: string, target?: string) => {
      to.add(kind, shown, target);
      return to.atom(shown);
    };
    const broadcast = /^!(channel|here|everyone)$/.exec(head)?.[1];
    if (broadcast) {
      to.pings.push(broadcast);
      return show('broadcast', `@${broadcast}`);
    }
    const user = /^@([UW][A-Z0-9]+)$/.exec(head)?.[1];
    if (user) {
      to.pings.push(`user:${user}`);
      return show('user', `@${names.user(user) ?? label ?? 'unknown'}`, user);
    }
    const channel = /^#([CG][A-Z0-9]+)$/.exec(head)?.[1];
    if (channel) return show('channel', `#${names.channel(channel) ?? label ?? 'unknown'}`, channel);
    const group = /^!subteam\^([A-Z0-9]+)/.exec(head)?.[1];
    if (group) {
      to.pings.push(`group:${group}`);
      return show('group', label ?? `@${group}`, group);
    }
    if (head.startsWith('!date^')) return show('date', label ?? head, head);
    if (/^(https?|mailto|tel|slack):/i.test(head)) return show('link', label ?? head.replace(/^mailto:/, ''), head);
    return whole;
  });
}

/** Addresses and, where Slack looks for them, names that become links by themselves. */
export function renderAutomatic(text: string, names: Names, to: Rendering, linkNames: boolean): string {
  const linked = text.replaceAll(/https?:\/\/[^\s<>|\u200b\u2060\ue000-\uf8ff]+/gi, (address) => {
    to.add('link', address, decode(address));
    return to.atom(address);
  });
  if (!linkNames) return linked;
  const mentioned = linked.replaceAll(/(?<![\p{L}\p{N}&])@(channel|here|everyone)(?![\p{L}\p{N}])/gu, (whole, name) => {
    to.pings.push(name);
    to.add('broadcast', whole);
    return to.atom(whole);
  });
  return mentioned.replaceAll(/(?<![\p{L}\p{N}&])#([\p{Ll}\p{N}_-]+)/gu, (whole, name: string) => {
    const id = names.channelNamed(name);
    if (id === undefined) return whole;
    to.add('channel', whole, id);
    return to.atom(whole);
  });
}

/** `:fox_face:`. Names have a letter, the two well-known numbers aside. */
export function renderEmoji(text: string, to: Rendering): string {
  return text.replaceAll(/:([a-z0-9_+'-]{1,100}):/g, (whole, name: string) => {
    if (!/[a-z]/.test(name) && !['100', '1234', '+1', '-1'].includes(name)) return whole;
    to.add('emoji', whole);
    return to.atom(whole);
  });
}

/** A plain_text object: emoji shortcodes become pictures (unless told otherwise), nothing else does anything. */
export function renderPlain(text: string, emoji = true): Rendered {
  const to = beginRendering();
  return to.finish(emoji ? renderEmoji(text, to) : text);
}

function splitOnce(text: string, by: string): [string, string?] {
  const at = text.indexOf(by);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
