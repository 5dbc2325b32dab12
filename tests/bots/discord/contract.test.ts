import { startContract } from '#tests/bots/discord/contract-setup.ts';
import { describeChatPlatform } from '#tests/contracts/chat-platform.ts';

describeChatPlatform('discord gateway', () => startContract('gateway'));
describeChatPlatform('discord webhook', () => startContract('webhook'));
