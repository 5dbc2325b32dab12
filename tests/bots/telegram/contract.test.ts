import { startContract } from '#tests/bots/telegram/contract-setup.ts';
import { describeChatPlatform } from '#tests/contracts/chat-platform.ts';

describeChatPlatform('telegram by long polling', () => startContract('polling'));
describeChatPlatform('telegram by webhook', () => startContract('webhook'));
