import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { imagine } from '#core/commands/imagine.ts';
import { flagValues } from '#core/commands/read-options.ts';
import { UserError } from '#core/errors.ts';
import { promptFileBytesMax, readPromptFile as stepsOf } from '#core/prompts/read-file.ts';
import { sayRowError } from '#core/prompts/row-error.ts';
import { createI18n } from '#src/i18n.ts';
import { refusal } from '#tests/core/refusal.ts';

const vocabulary = { models: ['gpt-image-1', 'sketch'], qualities: ['low', 'high'], locales: ['en'], commands: [] };
const values = flagValues(imagine, vocabulary);
const styled = flagValues(
  { options: [...imagine.options.filter(({ name }) => name !== 'style'), { name: 'style', kind: 'text', max: 200 }] },
  vocabulary,
);

const readPromptFile = (...args: Parameters<typeof stepsOf>) => {
  const steps = stepsOf(...args);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
};
const utf8 = (text: string) => new TextEncoder().encode(text);
const readAll = (name: string, text: string, flags = values) => readPromptFile({ name, bytes: utf8(text) }, flags);
/** All but what the columns are called, which is the same for each row. */
const read = (...typed: Parameters<typeof readAll>) => {
  const { rows, errors } = readAll(...typed);
  return { rows: rows.map(({ labels: _labels, ...row }) => row), errors };
};
const csv = (text: string, flags = values) => read('prompts.csv', text, flags);
const jsonOf = (value: unknown) => read('prompts.json', JSON.stringify(value));
const textsOf = ({ rows }: ReturnType<typeof read>) => rows.flatMap(({ lines }) => lines.map(({ text }) => text));
const errorsOf = ({ errors }: ReturnType<typeof read>) =>
  errors.map(({ row, column, error }) => [row, column, error.code, error.place?.column]);
const { say } = createI18n();
const english = (error: Parameters<typeof sayRowError>[0]) =>
  say(sayRowError(error), { locale: 'en', timeZone: 'UTC' });

describe('a .csv file', () => {
  it('has a prompt, flags and a file name in a row', () => {
    const file = csv(
      'prompt,n,ar,seed,model,negative,filename\na red fox,4,16:9,7,sketch,"hands, text",fox.png\na cat,,,,,,\n',
    );
    expect(file).toEqual({
      rows: [
        {
          row: 2,
          name: 'fox',
          lines: [
            {
              ...{ text: 'a red fox', n: 4, ar: { width: 16, height: 9 }, seed: 7, model: 'sketch' },
              no: 'hands, text',
            },
          ],
        },
        { row: 3, lines: [{ text: 'a cat' }] },
      ],
      errors: [],
    });
  });

  it('is told with what it calls its columns', () => {
    expect(readAll('a.csv', '提示詞,Preset\na fox,look\n').rows).toMatchObject([
      { labels: { prompt: '提示詞', preset: 'Preset' } },
    ]);
    expect(readAll('a.jsonl', '{"PROMPT":"a fox"}').rows).toMatchObject([{ labels: { prompt: 'PROMPT' } }]);
    expect(readAll('a.txt', 'a fox').rows[0]).not.toHaveProperty('labels');
  });

  it('has a column for what may stand without a value when it is typed', () => {
    const { rows } = csv('prompt,擴寫\na fox,on\na cat,OFF\nan owl,\n');
    expect(rows.flatMap(({ lines }) => lines.map(({ enhance }) => enhance))).toEqual([true, false, undefined]);
    expect(errorsOf(csv('prompt,enhance\na fox,maybe\na cat --enhance,on\n'))).toEqual([
      [2, 'enhance', 'option.choice', undefined],
      [3, 'prompt', 'file.flag', 7],
    ]);
  });

  it.each([
    ['quotes, commas and line ends in a cell', 'prompt,n\n"a ""red"" fox,\nin snow",2\n', ['a "red" fox, in snow']],
    ['a quote in the middle of a cell', 'prompt,n\na sign that says "hello",2\n', ['a sign that says "hello"']],
    ['a space before a quote', 'n, prompt\n2, "a fox, red"\n', ['a fox, red']],
    ['lines that end in CRLF, CR or LF', 'prompt\r\na fox\ra cat\na dog\r\n', ['a fox', 'a cat', 'a dog']],
    ['no line end at the end', 'prompt\na fox', ['a fox']],
    ['semicolons', 'prompt;n\na fox, red;2\n', ['a fox, red']],
    ['tabs', 'prompt\tn\na fox; red, big\t2\n', ['a fox; red, big']],
    ['a formula, which is a prompt', 'prompt\n=1+1\n@fox\n+cat\n', ['=1+1', '@fox', '+cat']],
    ['a number sign, which begins no comment', 'prompt\n# one\n', ['# one']],
    [
      'choices and ranges',
      'prompt\n"{red, blue} fox {1..2}"\n',
      ['red fox 1', 'red fox 2', 'blue fox 1', 'blue fox 2'],
    ],
    [
      'signs that mean themselves',
      'prompt\n"\\{red, blue\\} fox \\--n 2 \\&& ""--n 3"""\n',
      ['{red, blue} fox --n 2 && "--n 3"'],
    ],
    ['rows that are empty', '\n,\nprompt,n\n,\n\na fox,\n,,,\n', ['a fox']],
    ['fewer cells than columns', 'n,prompt,seed\n,a fox\n', ['a fox']],
    ['columns without a name and with nothing in them', 'prompt,,n,\na fox,,2,\n', ['a fox']],
    ['names of columns in any case', ' PROMPT ,File Name\na fox,fox\n', ['a fox']],
    ['a control character', 'prompt\na\u0001fox\n', ['a\u2401fox']],
  ])('may have %s', (_what, text, texts) => {
    const file = csv(text);
    expect(errorsOf(file)).toEqual([]);
    expect(textsOf(file)).toEqual(texts);
  });

  it('may have its columns named in Chinese, and in other words', () => {
    const header = '提示詞,數量,比例,種子,風格,模型,排除,檔名';
    const [row] = csv(`${header}\n狐狸,2,1:1,5,水彩,sketch,文字,狐\n`, styled).rows;
    const line = {
      text: '狐狸',
      n: 2,
      ar: { width: 1, height: 1 },
      seed: 5,
      style: '水彩',
      model: 'sketch',
      no: '文字',
    };
    expect(row).toEqual({ row: 2, name: '狐', lines: [line] });
    for (const name of ['file name', 'file', 'NAME', 'file_name'])
      expect(csv(`prompt,${name}\na,b`).rows[0]?.name).toBe('b');
    expect(csv('prompt,no\na,b').rows[0]?.lines).toEqual([{ text: 'a', no: 'b' }]);
    expect(csv('prompt,quality,repeat\na,HIGH,2').rows[0]?.lines).toEqual([
      { text: 'a', quality: 'high' },
      { text: 'a', quality: 'high' },
    ]);
  });

  it('has the columns of the flags that there are, and no other', () => {
    const plain = { ...values, names: values.names.filter((name) => name !== 'style') };
    expect(refusal(() => csv('prompt,style\na fox,oil', plain))).toMatchObject({ code: 'file.columnUnknown' });
    expect(csv('prompt,style\na fox,oil', styled).rows[0]?.lines).toEqual([{ text: 'a fox', style: 'oil' }]);
  });

  it('counts rows as a spreadsheet does: a cell of several lines is in one row, an empty row is one too', () => {
    const file = csv('prompt,n\n"a\nb\nc",1\n\na cat,0\na dog,1\n');
    expect(file.rows.map(({ row }) => row)).toEqual([2, 5]);
    expect(errorsOf(file)).toEqual([[4, 'n', 'option.integer', undefined]]);
    expect(csv('\n,\nprompt\n\n  \n,\na fox\n').rows.map(({ row }) => row)).toEqual([7]);
  });

  it.each([
    ['n\n"2"\n', 'file.noPromptColumn', {}],
    ['a red fox,2\na cat,3\n', 'file.noPromptColumn', {}],
    ['promt\na fox\n', 'file.column', { column: 'promt', nearest: 'prompt' }],
    ['prompt,sed\na fox,2\n', 'file.column', { column: 'sed', nearest: 'seed' }],
    ['prompt,colour\na fox,red\n', 'file.columnUnknown', { column: 'colour' }],
    ['prompt,x\na fox,red\n', 'file.columnUnknown', { column: 'x' }],
    ['提示\n狐狸\n', 'file.column', { column: '提示', nearest: '提示詞' }],
    [`prompt,${'n,'.repeat(100)}n\na fox\n`, 'file.columnsTooMany', { number: 102, max: 100 }],
    ['prompt,no,Negative\na,b,c\n', 'file.columnTwice', { column: 'Negative' }],
    ['', 'file.empty', {}],
    [' \n,\n', 'file.empty', {}],
    ['prompt,n\n,\n', 'file.empty', {}],
    ['prompt,n\n"a\nfox",2\na cat,"3\na dog,1\n', 'file.quoteOpen', { line: 4 }],
    ['prompt,n\n"a\nfox",2\n"a cat,3\n"a dog",1\n', 'file.quoteOpen', { line: 4 }],
  ])('%j is refused as a whole: %s', (text, code, named) => {
    expect(refusal(() => csv(text))).toMatchObject({ code, values: named });
  });

  it.each([
    ['a fox,two', 'n', 'option.integer'],
    ['a fox,{1..3}', 'n', 'option.integer'],
    ['a fox,51', 'n', 'option.integer'],
    ['a fox,,9:0', 'ar', 'option.ratio'],
    ['a fox,,99:1', 'ar', 'option.ratioTooLong'],
    ['a fox,,,-1', 'seed', 'option.integer'],
    ['a fox,,,{1..2', 'seed', 'braces.unclosed', 1],
    ['a fox,,,,best', 'model', 'option.model'],
    [`a fox,,,,,${'x'.repeat(1_001)}`, 'negative', 'option.text'],
    ['a fox,,,,,,a/b', 'filename', 'file.name'],
    ['a fox,,,,,,.fox', 'filename', 'file.name'],
    ['a fox,,,,,,.png', 'filename', 'file.name'],
    [`a fox,,,,,,${'x'.repeat(101)}`, 'filename', 'file.name'],
    ['a fox,,,,,,NUL.png', 'filename', 'file.nameReserved'],
    ['a fox,,,,,,com1.old', 'filename', 'file.nameReserved'],
    [',2', 'prompt', 'file.noPrompt'],
    ['{}', 'prompt', 'braces.empty', 1],
    ['狐 {red', 'prompt', 'braces.unclosed', 3],
    ['a fox --n 4', 'prompt', 'file.flag', 7],
    ['a fox --nn', 'prompt', 'file.flag', 7],
    ['a fox —seed 4', 'prompt', 'file.flag', 7],
    ['a fox && a cat', 'prompt', 'file.separator', 7],
    [`${'x'.repeat(32_001)},1`, 'prompt', 'file.tooLong'],
    ['a fox,1,1:1,1,sketch,x,y,z', undefined, 'file.extraCell'],
    ['a red, big fox,,,,,,', 'n', 'option.integer'],
    ['a red, big, wild fox,2,,,,,x', undefined, 'file.extraCell'],
    ['"a "red" fox",2', 'prompt', 'file.quote'],
    ['"a" fox,2', 'prompt', 'file.quote'],
    ['a fox,2,"1:1" x', 'ar', 'file.quote'],
    ['"{,}"', undefined, 'file.noPrompt'],
  ])('%j is a row error, and leaves the others as they are', (row, column, code, character?: number) => {
    const file = csv(`prompt,n,ar,seed,model,negative,filename\na dog,2\n${row}\na cat,3\n`);
    expect(errorsOf(file)).toEqual([[3, column, code, character]]);
    expect(file.rows).toEqual([
      { row: 2, lines: [{ text: 'a dog', n: 2 }] },
      { row: 4, lines: [{ text: 'a cat', n: 3 }] },
    ]);
  });

  it('says all that is wrong in a row', () => {
    expect(errorsOf(csv('prompt,n,ar,filename\na {fox,0,1,a:b\n'))).toEqual([
      [2, 'prompt', 'braces.unclosed', 3],
      [2, 'n', 'option.integer', undefined],
      [2, 'ar', 'option.ratio', undefined],
      [2, 'filename', 'file.name', undefined],
    ]);
  });

  it('gives each file name to one row, whatever its case and its extension', () => {
    const file = csv('prompt,filename\na,Fox.PNG\nb,fox.jpeg\nc,fox.txt\nd,狐 1.webp\ne,e\u0301\n');
    expect(file.rows.map(({ name }) => name)).toEqual(['Fox', 'fox.txt', '狐 1', '\u00e9']);
    expect(file.errors).toMatchObject([
      { row: 3, column: 'filename', error: { code: 'file.nameTwice', values: { row: 2 } } },
    ]);
  });

  it('of 120 rows names the four that are bad, and gives the others', () => {
    const rows = Array.from({ length: 120 }, (_, index) => `a fox in ${index},1,16:9`);
    rows[10] = 'a fox,0,16:9';
    rows[50] = 'a {fox,1,16:9';
    rows[51] = ',1,16:9';
    rows[119] = 'a fox,1,wide';
    const file = csv(`prompt,n,ar\n${rows.join('\n')}\n`);
    expect(file.rows).toHaveLength(116);
    expect(file.errors.map(({ row, column }) => [row, column])).toEqual([
      [12, 'n'],
      [52, 'prompt'],
      [53, 'prompt'],
      [121, 'ar'],
    ]);
  });
});

describe('a .txt file', () => {
  it('has a line as it is typed in each line', () => {
    const file = read('prompts.txt', '# mine\r\na {red, blue} fox --n 2\r\n\r\na cat && a dog --seed 3\n=1+1\n');
    expect(file).toEqual({
      rows: [
        {
          row: 2,
          lines: [
            { text: 'a red fox', n: 2 },
            { text: 'a blue fox', n: 2 },
          ],
        },
        { row: 4, lines: [{ text: 'a cat' }, { text: 'a dog', seed: 3 }] },
        { row: 5, lines: [{ text: '=1+1' }] },
      ],
      errors: [],
    });
  });

  it('may have flags alone in a line, for all that lack them', () => {
    expect(read('a.txt', '--n 2\na fox\na cat --n 1').rows.flatMap(({ lines }) => lines)).toEqual([
      { text: 'a fox', n: 2 },
      { text: 'a cat', n: 1 },
    ]);
    expect(refusal(() => read('a.txt', '--n 2\n# a fox'))).toMatchObject({ code: 'file.empty' });
  });

  it('keeps an error in its line, with its character', () => {
    const file = read('a.txt', 'a fox\na {cat\na dog --n 99\n狐 --sed 3\na mouse');
    expect(textsOf(file)).toEqual(['a fox', 'a mouse']);
    expect(errorsOf(file)).toEqual([
      [2, undefined, 'braces.unclosed', 3],
      [3, undefined, 'option.integer', 7],
      [4, undefined, 'option.unknown', 3],
    ]);
    expect(errorsOf(read('a.txt', 'a fox --ar 0:1 --seed x'))).toEqual([
      [1, undefined, 'option.ratio', 7],
      [1, undefined, 'option.integer', 16],
    ]);
  });
});

describe('a .json or .jsonl file', () => {
  const items = ['a fox', { prompt: 'a cat', n: 2, Seed: '7', 檔名: 'cat', ar: null, no: '' }];
  const rows = [{ lines: [{ text: 'a fox' }] }, { lines: [{ text: 'a cat', n: 2, seed: 7 }], name: 'cat' }];

  it('may say of a switch that it is true or false', () => {
    const { rows, errors } = jsonOf([
      { prompt: 'a fox', enhance: true },
      { prompt: 'a cat', enhance: false },
      { prompt: 'an owl', n: true },
    ]);
    expect(rows.flatMap(({ lines }) => lines.map(({ enhance }) => enhance))).toEqual([true, false]);
    expect(errors).toMatchObject([{ row: 3, column: 'n', error: { code: 'file.jsonValue' } }]);
  });

  it('has strings and objects with the columns as keys', () => {
    const numbered = rows.map((row, index) => ({ row: index + 1, ...row }));
    expect(jsonOf(items)).toEqual({ rows: numbered, errors: [] });
    expect(jsonOf({ prompts: items })).toEqual({ rows: numbered, errors: [] });
    const lines = `\n${items.map((item) => JSON.stringify(item)).join('\n\n')}\n`;
    expect(read('a.jsonl', lines).rows).toEqual(rows.map((row, index) => ({ row: 2 * index + 2, ...row })));
  });

  it.each([
    [5, undefined, 'file.jsonItem'],
    [null, undefined, 'file.jsonItem'],
    [['a fox'], undefined, 'file.jsonItem'],
    ['', 'prompt', 'file.noPrompt'],
    [{ n: 2 }, 'prompt', 'file.noPrompt'],
    [{ prompt: 'a fox', n: 0 }, 'n', 'option.integer'],
    [{ prompt: 'a fox', n: 1.5 }, 'n', 'option.integer'],
    [{ prompt: 'a fox', seed: 1e21 }, 'seed', 'option.integer'],
    [{ prompt: 'a fox', n: true }, 'n', 'file.jsonValue'],
    [{ prompt: 'a fox', n: { of: 2 } }, 'n', 'file.jsonValue'],
    [{ prompt: 'a fox', colour: 'red' }, 'colour', 'file.columnUnknown'],
    [{ prompt: 'a fox', sead: 2 }, 'sead', 'file.column'],
    [{ prompt: 'a fox', no: 'x', negative: 'y' }, 'negative', 'file.columnTwice'],
    ['a fox --n 2', 'prompt', 'file.flag', 7],
  ])('%j is a row error, and leaves the others as they are', (item, column, code, character?: number) => {
    for (const file of [jsonOf(['a dog', item]), read('a.jsonl', `"a dog"\n${JSON.stringify(item)}`)]) {
      expect(errorsOf(file)).toEqual([[2, column, code, character]]);
      expect(textsOf(file)).toEqual(['a dog']);
    }
  });

  it('takes a line that is not JSON as a row error, a file as refused', () => {
    expect(errorsOf(read('a.jsonl', '"a fox"\n{"prompt": "a cat",}'))).toEqual([
      [2, undefined, 'file.jsonLine', undefined],
    ]);
    expect(refusal(() => read('a.json', '[\n"a fox"\n"a cat"]'))).toMatchObject({
      code: 'file.json',
      place: { line: 3, column: 1 },
    });
    expect(refusal(() => read('a.json', '['.repeat(promptFileBytesMax)))).toMatchObject({ code: 'file.json' });
  });

  it.each([
    ['"a fox"'],
    ['{"prompt": "a fox"}'],
    ['{"prompts": ["a fox"], "n": 2}'],
    ['{"prompts": "a fox"}'],
    ['null'],
  ])('%s is no list', (text) => {
    expect(refusal(() => read('a.json', text))).toMatchObject({ code: 'file.jsonList' });
  });

  it('keeps text as it can be kept', () => {
    expect(textsOf(read('a.json', '["a\\u0000b \\ud83e"]'))).toEqual(['a\u2400b \ufffd']);
  });
});

describe('the kind of a file', () => {
  it.each([
    ['a.TXT', undefined, 'prompt\na fox', 2],
    ['a.csv', 'text/plain', 'prompt\na fox', 1],
    ['a.tsv', undefined, 'prompt\na fox', 1],
    ['a.ndjson', undefined, '"a"\n"b"', 2],
    ['prompts', 'text/csv; charset=utf-8', 'prompt\na fox', 1],
    ['prompts', 'application/json', '["a", "b"]', 2],
  ])('%s (%s) is told by its extension, else by its content type', (name, type, text, count) => {
    expect(readPromptFile({ name, ...(type ? { type } : {}), bytes: utf8(text) }, values).rows).toHaveLength(count);
  });

  it.each([
    ['a.xlsx', 'text/csv'],
    ['a', 'image/png'],
    ['a', undefined],
    ['', undefined],
    ['a.', undefined],
  ])('%j (%s) is refused', (name, type) => {
    const file = { name, ...(type ? { type } : {}), bytes: utf8('a fox') };
    expect(refusal(() => readPromptFile(file, values))).toMatchObject({ code: 'file.type', values: { name } });
  });
});

describe('the encoding of a file', () => {
  const text = 'prompt,n\n一隻 red 狐狸 🦊,2\n';
  const le = Buffer.from(text, 'utf16le');
  const be = Buffer.from(le).swap16();
  const with8 = Buffer.from(`\ufeff${text}`);

  it.each([
    ['UTF-8', Buffer.from(text)],
    ['UTF-8 with a mark', with8],
    ['UTF-16LE with a mark', Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['UTF-16BE with a mark', Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
    ['UTF-16LE', le],
    ['UTF-16BE', be],
  ])('may be %s', (_name, bytes) => {
    expect(readPromptFile({ name: 'a.csv', bytes }, values).rows).toMatchObject([
      { row: 2, lines: [{ text: '一隻 red 狐狸 🦊', n: 2 }] },
    ]);
  });

  it('may be UTF-16 without a mark when nearly all is Chinese, and UTF-8 with a stray zero', () => {
    const bytes = Buffer.from('雪地裡的紅狐狸在月光下奔跑\n湖邊的白鷺與蘆葦\n', 'utf16le');
    expect(textsOf(readPromptFile({ name: 'a.txt', bytes }, values))).toEqual([
      '雪地裡的紅狐狸在月光下奔跑',
      '湖邊的白鷺與蘆葦',
    ]);
    expect(textsOf(read('a.txt', 'a red fox\u0000 in snow'))).toEqual(['a red fox\u2400 in snow']);
  });

  it.each([
    ['Big5', [0xa4, 0x40, 0xb0, 0xa6]],
    ['a cut UTF-8', [0x61, 0xe7, 0x8b]],
    ['a cut UTF-16', [0xff, 0xfe, 0x61]],
    ['half a pair', [0xff, 0xfe, 0x3e, 0xd8]],
  ])('%s is refused', (_name, bytes) => {
    const file = { name: 'a.txt', bytes: Uint8Array.from(bytes) };
    expect(refusal(() => readPromptFile(file, values))).toMatchObject({ code: 'file.encoding' });
  });
});

describe('too many pictures', () => {
  const million = '{1..10}'.repeat(12);

  it.each([
    ['a.txt', `a fox\n${million}`, 10 ** 12 + 1],
    ['a.csv', `prompt,n\na fox,50\n${million},2\n`, 2 * 10 ** 12 + 50],
    ['a.csv', `prompt;seed\na fox;{1..999999999}\n`, 999_999_999],
    ['a.json', JSON.stringify([{ prompt: million, seed: million }]), Number.MAX_SAFE_INTEGER],
    ['a.jsonl', `"a fox"\n`.repeat(501), 501],
    ['a.txt', `a fox\n`.repeat(501), 501],
    ['a.txt', `--n 50\n${'a fox\n'.repeat(11)}`, 550],
    ['a.txt', 'a fox --seed 3\n--seed {1..501}\n', 501],
    ['a.csv', `prompt,n,repeat\n${'a fox,10,2\n'.repeat(26)}`, 520],
    ['a.txt', '{\n'.repeat(promptFileBytesMax / 2), promptFileBytesMax / 2],
    ['a.jsonl', '{\n'.repeat(promptFileBytesMax / 2), promptFileBytesMax / 2],
  ])('in %s are refused at once, with how many it would be', (name, text, count) => {
    expect(refusal(() => read(name, text))).toMatchObject({ code: 'prompt.tooMany', values: { count, max: 500 } });
  });

  it('are those that can be counted: beside five hundred a row that cannot be read is a row error', () => {
    const file = read('a.csv', `prompt,n\n${'a fox,5\n'.repeat(100)}a cat,x\na {dog,1\n`);
    expect([file.rows.length, file.errors.length]).toEqual([100, 2]);
  });

  it('are not expanded in rows that are wrong', () => {
    const cells = `"{1..999999999}","{1..500}${' '.repeat(2_000)}"`;
    const file = read('a.csv', `prompt,n,seed,no\n${`a fox,x,${cells}\n`.repeat(900)}`);
    expect([file.rows.length, file.errors.length]).toEqual([0, 900]);
  });

  it('are no matter of a row that is as long as a file may be', () => {
    const long = 'x'.repeat(promptFileBytesMax - 100);
    expect(errorsOf(read('a.txt', `{1..500} ${long}\na fox`))).toEqual([[1, undefined, 'file.tooLong', undefined]]);
  });
});

describe('whatever is in a file', () => {
  const name = fc.constantFrom('a.csv', 'a.csv', 'a.txt', 'a.jsonl', 'a.json');
  const check = (file: { name: string; bytes: Uint8Array }) => {
    try {
      const { rows, errors } = readPromptFile(file, values);
      if (rows.length + errors.length === 0) throw new Error('neither rows nor errors');
      if (rows.some(({ lines }) => lines.length === 0)) throw new Error('a row without a prompt');
      for (const error of errors) english(error);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
  };

  it('the answer is rows, row errors or a refusal, for twenty thousand byte strings', () => {
    fc.assert(fc.property(fc.record({ name, bytes: fc.uint8Array({ maxLength: 60 }) }), check), { numRuns: 20_000 });
  }, 120_000);

  it('and for twenty thousand that are nearly right', () => {
    const piece = fc.constantFrom(
      ...['prompt', 'n', 'seed', 'filename', '提示詞', 'a fox', '狐狸', '2', '{1..3}', '{', '}', '--n 2', '&&', '#'],
      ...[
        ',',
        ',',
        ',',
        ';',
        '\t',
        '\n',
        '\n',
        '\r\n',
        '"',
        '"',
        '""',
        '\\',
        ' ',
        ':',
        '[',
        ']',
        '\u0000',
        '\u3000',
        '=1+1',
      ],
    );
    const bytes = fc
      .tuple(
        fc.constantFrom('', 'prompt,n\n', 'prompt;n;filename\n', 'prompt\tseed\n', '{"prompt":'),
        fc.array(piece, { maxLength: 25 }).map((pieces) => pieces.join('')),
      )
      .map((parts) => utf8(parts.join('')));
    fc.assert(fc.property(fc.record({ name, bytes }), check), { numRuns: 20_000 });
  }, 120_000);

  it('cells that are quoted as they should be come back as they were, but for the spaces around and line ends', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', ';', '\t', '\n', '狐', '=', ' '), maxLength: 12 });
    fc.assert(
      fc.property(
        fc.array(cell, { minLength: 1, maxLength: 5 }),
        fc.constantFrom(',', ';', '\t'),
        (cells, delimiter) => {
          const lines = cells.map((text) => `1${delimiter}"x${text.replaceAll('"', '""')}"`);
          const file = csv(`n${delimiter}prompt\n${lines.join('\n')}\n`);
          expect(textsOf(file)).toEqual(cells.map((text) => `x${text}`.replace(/\s*\n\s*/g, ' ').trim()));
        },
      ),
      { numRuns: 5_000 },
    );
  }, 120_000);
});

describe('reading a file', () => {
  it('is done in steps, none of which reads more than one row', () => {
    let read = 0;
    const counting: typeof values = {
      ...values,
      read: (name, value) => {
        read += 1;
        return values.read(name, value);
      },
    };
    const rows = 'a fox,7\n'.repeat(500);
    const steps = stepsOf({ name: 'a.csv', bytes: utf8(`prompt,seed\n${rows}`) }, counting);
    for (let step = steps.next(); !step.done; step = steps.next()) {
      expect(read).toBeLessThanOrEqual(1);
      read = 0;
    }
  });
});

describe('a row error as a sentence', () => {
  it('has the row, the column and the character, as far as they are known', () => {
    const file = csv('prompt,n\na {fox,2\na cat,two\na,b,c\n');
    expect(file.errors.map(english)).toEqual([
      'Row 2, prompt, character 3: A brace is opened here and never closed. Write {red, blue} for a choice, or \\{ for the sign itself.',
      'Row 3, n: --n must be a whole number from 1 to 50; “two” is not.',
      'Row 4: “c” stands under no column. A cell that holds the sign between cells has to be in quotes.',
    ]);
    const [error] = read('a.txt', 'a {fox').errors;
    expect(error && say(sayRowError(error), { locale: 'zh-TW', timeZone: 'UTC' })).toBe(
      '第 1 列，第 3 個字元：這裡的左大括號沒有結尾。要列出選項請寫 {紅，藍}，要用括號本身請寫 \\{。',
    );
  });

  it('is short, whatever is in the cell', () => {
    const [error] = csv(`prompt,n\na fox,${'9'.repeat(30_000)}\n`).errors;
    expect(error && english(error).length).toBeLessThan(200);
  });
});
