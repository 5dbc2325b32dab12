import { expect, it } from 'vitest';
import { readCommand } from '#core/read-typed.ts';
import { refusal } from '#tests/core/refusal.ts';

it.each([
  ['/imagine a fox --n 2', 'imagine', 'a fox --n 2'],
  ['imagine a fox', 'imagine', 'a fox'],
  ['  /IMAGINE a fox', 'imagine', 'a fox'],
  ['/imagine@easel_bot a fox', 'imagine', 'a fox'],
  ['/imagine\na fox\na cat', 'imagine', 'a fox\na cat'],
  ['/quota', 'quota', ''],
  ['cancel k7m2q4', 'cancel', 'k7m2q4'],
])('reads %j as the command %s', (text, name, rest) => {
  const read = readCommand(text);
  expect([read.command.name, read.rest]).toEqual([name, rest]);
});

it.each([
  ['/imagin a fox', 'command.unknown', { command: 'imagin', nearest: 'imagine' }],
  ['/staus', 'command.unknown', { command: 'staus', nearest: 'status' }],
  ['/imagine<b>', 'command.none', {}],
  ['', 'command.none', {}],
  ['🦊', 'command.none', {}],
])('refuses %j', (text, code, values) => {
  expect(refusal(() => readCommand(text))).toMatchObject({ code, values });
});
