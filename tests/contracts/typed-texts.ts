/** What must arrive, and be shown, exactly as it was typed. */
export const typedTexts = {
  'several lines': 'a red fox\nin snow\n\n  indented',
  'an em dash flag': 'a fox —n 2 – and a dash',
  'a right-to-left override': 'fox \u202egnp.exe\u202c and \u2066שלום\u2069',
  'a mention of everyone': '@everyone @here <@1> <!channel> #general',
  markup: '<b>bold</b> <img src=x onerror=alert(1)> &lt; &amp; ]]> <!--',
  'chat formatting': '**a** *b* _c_ ~~d~~ ||e|| `f` ```g``` > h [i](https://example.org) \\*',
  'placeholders of ours': 'a {{number}} $t(errors.bug) {0} %s',
  'control characters': 'a\u0007b\u001b[31mc\u007f',
  emoji: '🦊👩‍👩‍👧‍👦🇹🇼',
} as const;
