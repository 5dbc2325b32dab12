import process from 'node:process';
import { App, HTTPReceiver, LogLevel } from '@slack/bolt';

/** Bolt as its guide has it, with a command that does nothing but acknowledge. Prints its address, runs until SIGTERM. */
const receiver = new HTTPReceiver({ signingSecret: process.env.SLACK_SIGNING_SECRET ?? '', logLevel: LogLevel.ERROR });
const app = new App({
  receiver,
  logLevel: LogLevel.ERROR,
  authorize: async () => ({ botToken: 'xoxb-bench', botId: 'B1', botUserId: 'U1' }),
});
app.command(/.*/, async ({ ack }) => ack());
app.event(/.*/, async () => undefined);
const server = await app.start({ port: 0, host: '127.0.0.1' });
const address = server.address();
console.log(
  JSON.stringify({ url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/slack/events` }),
);
process.once('SIGTERM', () => void app.stop());
