import { startContract } from '#tests/bots/slack/contract-setup.ts';
import { describeChatPlatform } from '#tests/contracts/chat-platform.ts';

describeChatPlatform('slack over HTTP', () => startContract('http'));
describeChatPlatform('slack by Socket Mode', () => startContract('socket'));
