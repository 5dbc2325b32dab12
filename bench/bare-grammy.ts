import { createServer } from 'node:http';
import process from 'node:process';
import { Bot, webhookCallback } from 'grammy';

/** A grammY webhook that does nothing but acknowledge. Prints its address, runs until SIGTERM. */
const bot = new Bot('1:bench', {
  botInfo: {
    id: 1,
    is_bot: true,
    first_name: 'Easel',
    username: 'bench_bot',
    can_join_groups: true,
    can_read_all_group_messages: false,
    supports_inline_queries: false,
    can_connect_to_business: false,
    has_main_web_app: false,
    has_topics_enabled: false,
    allows_users_to_create_topics: false,
    can_manage_bots: false,
    supports_join_request_queries: false,
  },
});
bot.on('message', () => undefined);
const server = createServer(webhookCallback(bot, 'http', { secretToken: 'bench-secret' }));
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(
    JSON.stringify({ url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/telegram/webhook` }),
  );
});
process.once('SIGTERM', () => server.close());
