import { expect, it } from 'vitest';
import { commands } from '#core/commands/index.ts';
import { briefUsage, commandUsage } from '#core/commands/usage.ts';

it('says how every command is typed, from its declaration', () => {
  expect(commands.map(commandUsage)).toEqual([
    '/imagine <prompt> [--n 1..50] [--ar W:H] [--seed 0..4294967295] [--model model] [--quality quality] [--style text] [--no text] [--enhance on|off] [--repeat 1..50] [--preset preset] [--draft on|off] [--private on|off]',
    '/batch [--draft on|off] [--private on|off]',
    '/draft <draft> [page|run|sample|drop|ask|discard] [numbers]',
    '/status [batch]',
    '/cancel [batch]',
    '/retry <batch> [numbers] [--ask on|off]',
    '/rerun <batch> [numbers] [--seed same|new] [--prompt text]',
    '/vary <batch> <picture> [--n 1..50] [--prompt text]',
    '/upscale <batch> [numbers] [--factor 2|4]',
    '/picture <batch> <numbers> [--edit prompt]',
    '/show <batch> [numbers] [--as pictures|files]',
    '/share <batch>',
    '/zip <batch> [--links off]',
    '/delete <batch> [numbers] [--sure on|off]',
    '/preset [list|save|delete] [name] [--ar W:H] [--model model] [--quality quality] [--style text] [--no text] [--enhance on|off] [--for me|everyone]',
    '/quota',
    '/why <line>',
    '/link [code] [--sure on|off]',
    '/unlink',
    '/privacy [export|delete|keep] [--sure on|off]',
    '/language [language]',
    '/settings [--language language] [--time-zone time-zone] [--model model] [--ar W:H] [--style text] [--credits-owner 0..100000] [--credits-admin 0..100000] [--credits-member 0..100000] [--credits-guest 0..100000] [--weight-owner 1..10] [--weight-admin 1..10] [--weight-member 1..10] [--weight-guest 1..10] [--in-flight-person 1..100] [--in-flight-workspace 1..100] [--failover on|off] [--draft-images 0..500] [--draft-credits 0..100000] [--private on|off] [--scope workspace|channel]',
    '/usage [words]',
    '/admin [role|policy|limit|budget|grant|approve|deny|words|pictures|why|keep|elsewhere|usage|audit] [words]',
    '/help [command]',
  ]);
});

it('leaves the flags out of a list of commands, and says that there are some', () => {
  expect(commands.map(briefUsage)).toEqual([
    '/imagine <prompt> …',
    '/batch …',
    '/draft <draft> [page|run|sample|drop|ask|discard] [numbers]',
    '/status [batch]',
    '/cancel [batch]',
    '/retry <batch> [numbers] …',
    '/rerun <batch> [numbers] …',
    '/vary <batch> <picture> …',
    '/upscale <batch> [numbers] …',
    '/picture <batch> <numbers> …',
    '/show <batch> [numbers] …',
    '/share <batch>',
    '/zip <batch> …',
    '/delete <batch> [numbers] …',
    '/preset [list|save|delete] [name] …',
    '/quota',
    '/why <line>',
    '/link [code] …',
    '/unlink',
    '/privacy [export|delete|keep] …',
    '/language [language]',
    '/settings …',
    '/usage [words]',
    '/admin [role|policy|limit|budget|grant|approve|deny|words|pictures|why|keep|elsewhere|usage|audit] [words]',
    '/help [command]',
  ]);
});
