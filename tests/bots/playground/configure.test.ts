import { describe, expect, test } from 'vitest';
import { playground } from '#bots/playground/index.ts';

const on = { id: 'playground' };
const missingPassword = { problems: [expect.stringContaining('PLAYGROUND_PASSWORD')] };

describe('the playground', () => {
  test.each([
    ['nothing is set', {}],
    ['HOST is another loopback address', { HOST: '127.0.0.7' }],
    ['HOST is localhost', { HOST: 'localhost' }],
    ['HOST is loopback in IPv6', { HOST: '::1' }],
    ['it is switched on', { PLAYGROUND: 'on' }],
    ['it has a password', { PLAYGROUND_PASSWORD: 'secret' }],
    ['others reach it and it has a password', { PLAYGROUND: 'on', HOST: '0.0.0.0', PLAYGROUND_PASSWORD: 'secret' }],
    [
      'it is published with a password',
      { PLAYGROUND: 'on', PUBLIC_URL: 'https://easel.example', PLAYGROUND_PASSWORD: 'secret' },
    ],
  ])('is on when %s', (_, env) => {
    expect(playground.configure(env)).toMatchObject(on);
  });

  test.each([
    ['it is switched off', { PLAYGROUND: 'off' }],
    ['HOST is all addresses', { HOST: '0.0.0.0' }],
    ['HOST is all addresses in IPv6', { HOST: '::' }],
    ['HOST only begins like loopback', { HOST: '127.0.0.1.example' }],
    ['HOST only ends like localhost', { HOST: 'notlocalhost' }],
    ['PUBLIC_URL is set', { PUBLIC_URL: 'https://easel.example' }],
    ['others reach it and nobody switched it on', { HOST: '0.0.0.0', PLAYGROUND_PASSWORD: 'secret' }],
    ['it is switched off though it has a password', { PLAYGROUND: 'off', PLAYGROUND_PASSWORD: 'secret' }],
  ])('is off when %s', (_, env) => {
    expect(playground.configure(env)).toBeNull();
  });

  test.each([
    ['HOST is all addresses', { HOST: '0.0.0.0' }],
    ['PUBLIC_URL is set', { PUBLIC_URL: 'https://easel.example' }],
    ['PUBLIC_URL is on loopback', { PUBLIC_URL: 'http://localhost:3000' }],
  ])('names the missing password when it is switched on and %s', (_, env) => {
    expect(playground.configure({ PLAYGROUND: 'on', ...env })).toEqual(missingPassword);
  });

  test('names PLAYGROUND when it is neither on nor off', () => {
    expect(playground.configure({ PLAYGROUND: 'yes' })).toEqual({ problems: [expect.stringContaining('PLAYGROUND')] });
  });
});
