import { describe, expect, it } from 'vitest';
import { findBlockedWord } from '#core/safety/blocked-words.ts';

const words = ['dragon', 'red fox', 'gore*', 'çelik', 'кровь', '血腥', 'ass', 'c++'];

describe('a blocked word', () => {
  it.each([
    ['a dragon over a lake', 'dragon'],
    ['A DRAGON!', 'dragon'],
    ['“dragon”', 'dragon'],
    ['dr4g0n', 'dragon'],
    ['dr@gon', 'dragon'],
    ['ԁrаgοn with letters of other scripts', 'dragon'],
    ['ｄｒａｇｏｎ in full width', 'dragon'],
    ['𝔡𝔯𝔞𝔤𝔬𝔫 in mathematical letters', 'dragon'],
    ['drágön̈ with marks', 'dragon'],
    ['d\u200bra\u00adgon with signs that nobody sees', 'dragon'],
    ['d r a g o n', 'dragon'],
    ['d.r.a.g.o.n!', 'dragon'],
    ['draaaagon', 'dragon'],
    ['a red   fox', 'red fox'],
    ['a red\nfox', 'red fox'],
    ['gore and more', 'gore*'],
    ['goreville', 'gore*'],
    ['eine Çelik', 'çelik'],
    ['Кровь на снегу', 'кровь'],
    ['一張血腥的圖', '血腥'],
    ['made with c++ code', 'c++'],
  ])('is found in %j', (text, word) => {
    expect(findBlockedWord(text, words)).toBe(word);
  });

  it.each([
    'a pendragon',
    'dragons',
    'a red foxglove',
    'class, grass and assembly',
    'as so often',
    'a c minor chord',
    'a drag on the road',
    '血與腥',
    '',
    '100 % of 1 + 1',
  ])('is not found in %j', (text) => {
    expect(findBlockedWord(text, words)).toBeUndefined();
  });

  it('is looked for in a long prompt in no time that grows with its square', () => {
    expect(findBlockedWord(`${'a '.repeat(50_000)}b`, words)).toBeUndefined();
    expect(findBlockedWord('a.'.repeat(50_000), words)).toBeUndefined();
  });
});
