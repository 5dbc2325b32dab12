import { expect, it } from 'vitest';
import { readBare } from '#core/read-typed.ts';

const vocabulary = {
  models: ['sketch'],
  qualities: [],
  locales: ['en', 'zh-TW'],
  commands: ['imagine', 'status', 'help'],
};

it.each([
  ['a red fox', 'imagine', 'a red fox'],
  ['a red fox --n 2', 'imagine', 'a red fox --n 2'],
  ['imagine a red fox', 'imagine', 'a red fox'],
  ['status', 'status', ''],
  ['Status K7M2Q4', 'status', 'K7M2Q4'],
  ['/status k7m2q4', 'status', 'k7m2q4'],
  ['help imagine', 'help', 'imagine'],
  ['language zh-TW', 'language', 'zh-TW'],
  ['status of a kingdom in ruins', 'imagine', 'status of a kingdom in ruins'],
  ['cancel culture as an oil painting', 'imagine', 'cancel culture as an oil painting'],
  ['help is on the way', 'imagine', 'help is on the way'],
  ['show a fox', 'imagine', 'show a fox'],
  ['show', 'imagine', 'show'],
  ['retry k7m2q4 2,5', 'retry', 'k7m2q4 2,5'],
  ['rerun k7m2q4', 'rerun', 'k7m2q4'],
  ['upscale k7m2q4 2 --factor 4', 'upscale', 'k7m2q4 2 --factor 4'],
  ['upscale the fox', 'imagine', 'upscale the fox'],
  ['delete k7m2q4 2', 'delete', 'k7m2q4 2'],
  ['delete the sky', 'imagine', 'delete the sky'],
  ['retry', 'imagine', 'retry'],
  ['retry the fox', 'imagine', 'retry the fox'],
  ['rerun of a race', 'imagine', 'rerun of a race'],
  ['settings of a jewel', 'imagine', 'settings of a jewel'],
  ['quota', 'quota', ''],
  ['quota of fish', 'imagine', 'quota of fish'],
  ['imagine', 'imagine', ''],
  ['a fox\nin snow', 'imagine', 'a fox\nin snow'],
])('reads %j said to the bot as /%s %s', (text, name, rest) => {
  const read = readBare(text, vocabulary);
  expect([read.command.name, read.rest]).toEqual([name, rest]);
});

it('refuses an unknown command behind a slash, also when said to the bot', () => {
  expect(() => readBare('/paint a fox', vocabulary)).toThrow('command.unknown');
});
