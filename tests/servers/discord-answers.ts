import { setTimeout as pause } from 'node:timers/promises';
import { answerInteraction } from '#tests/servers/discord-callbacks.ts';
import { type Context, dispatchMessage } from '#tests/servers/discord-context.ts';
import type { Deliverer, Delivery, Signing } from '#tests/servers/discord-delivery.ts';
import { ApiRefusal } from '#tests/servers/discord-errors.ts';
import {
  callbackTypes,
  createInteraction,
  type Interaction,
  type InteractionOrder,
  type RawAnswer,
} from '#tests/servers/discord-interactions.ts';
import { loadDiscordSpec } from '#tests/servers/discord-spec.ts';
import { type SeenMessage, seen } from '#tests/servers/discord-view.ts';
import type { Json, Message } from '#tests/servers/discord-world.ts';

/** What a person got within three seconds. */
export interface Answer {
  /** `deferred` is "… is thinking"; `accepted` leaves the message as it is for now. */
  kind: 'message' | 'deferred' | 'accepted' | 'updated' | 'choices' | 'modal';
  /** Only the person who asked sees it. */
  private: boolean;
  /** The message as it is at that moment; of `accepted` and `updated` the one whose button was pressed. */
  message: SeenMessage | undefined;
  choices: { name: string; value: string | number }[];
  /** The form that opened. */
  modal: Json | undefined;
  interactionId: string;
}

/** Brings what people do to the app, by the gateway or by signed POSTs, and waits for the answer. */
export interface Courier {
  /** Everything is posted to this address from now on; the gateway again when undefined. */
  endpoint: string | undefined;
  /** What POSTs got, oldest first. */
  deliveries: Delivery[];
  /** @throws 'The application did not respond' */
  ask(order: InteractionOrder): Promise<Answer>;
  write(message: Message): void;
  /** Brings the last one again, unchanged. Resolves to what a POST got. */
  redeliver(): Promise<Delivery | undefined>;
  /** Posts a ping, or the last interaction, signed in a way. */
  probe(signing: Signing, options?: { timestampMs?: number; last?: boolean }): Promise<Delivery>;
}

const kinds: Readonly<Record<number, Answer['kind']>> = {
  [callbackTypes.message]: 'message',
  [callbackTypes.deferredMessage]: 'deferred',
  [callbackTypes.deferredUpdate]: 'accepted',
  [callbackTypes.update]: 'updated',
  [callbackTypes.choices]: 'choices',
  [callbackTypes.modal]: 'modal',
};

export function createCourier(
  context: Context & { interactions: Map<string, Interaction> },
  deliverer: Deliverer,
): Courier {
  const { world } = context;
  const spec = loadDiscordSpec();
  let last: (() => Promise<Delivery | undefined>) | undefined;
  let lastPayload: Json | undefined;

  async function bring(interaction: Interaction): Promise<Delivery | undefined> {
    if (courier.endpoint === undefined) {
      context.dispatch('INTERACTION_CREATE', 0, () => interaction.payload);
      return undefined;
    }
    const delivery = await deliverer.post(courier.endpoint, interaction.payload);
    courier.deliveries.push(delivery);
    return delivery;
  }

  /** The body of an HTTP answer is the callback; 202 without one says that it will come by itself. */
  function takeAnswer(interaction: Interaction, { status, body, files }: Delivery): void {
    if (status === 202 && body === undefined) return;
    if (status !== 200) throw new Error(`the endpoint answered ${status}`);
    const path = `/interactions/${interaction.id}/${interaction.token}/callback`;
    if (spec) world.violations.push(...spec.check({ method: 'POST', path, query: {}, body }));
    answerInteraction(context, interaction, body as Json, files);
  }

  function asSeen(interaction: Interaction, answer: RawAnswer): Answer {
    const kind = kinds[answer.type];
    if (!kind) throw new Error(`type ${answer.type} is no answer for a person`);
    const message = answer.message && seen(context, answer.message);
    const { choices = [], modal } = answer;
    return { kind, private: message?.private ?? false, message, choices, modal, interactionId: interaction.id };
  }

  const courier: Courier = {
    endpoint: undefined,
    deliveries: [],
    async ask(order) {
      const interaction = createInteraction(context, order);
      context.interactions.set(interaction.token, interaction);
      last = () => bring(interaction);
      lastPayload = interaction.payload;
      const abort = new AbortController();
      const noAnswer = new Error('The application did not respond');
      const late = pause(context.answerWithinMs, undefined, { signal: abort.signal }).then(() =>
        Promise.reject(noAnswer),
      );
      const brought = bring(interaction).then((delivery) => {
        if (delivery) takeAnswer(interaction, delivery);
        return interaction.answered;
      });
      try {
        return asSeen(interaction, await Promise.race([brought, late]));
      } catch (error) {
        if (error instanceof ApiRefusal) world.violations.push(`an answer was refused: ${error.message}`);
        if (error === noAnswer) throw noAnswer;
        throw new Error(noAnswer.message, { cause: error });
      } finally {
        // Whichever lost the race must not fail unheard.
        brought.catch(() => {});
        late.catch(() => {});
        abort.abort();
      }
    },
    write(message) {
      last = async () => {
        dispatchMessage(context, 'MESSAGE_CREATE', message);
        return undefined;
      };
      dispatchMessage(context, 'MESSAGE_CREATE', message);
    },
    async redeliver() {
      if (!last) throw new Error('nothing has been delivered yet');
      return await last();
    },
    async probe(signing, { timestampMs, last: again = false } = {}) {
      if (courier.endpoint === undefined) throw new Error('there is no address to deliver to');
      const ping = { id: world.newId(), application_id: world.applicationId, type: 1, token: 'ping', version: 1 };
      const payload = again ? lastPayload : ping;
      if (!payload) throw new Error('nothing has been delivered yet');
      return await deliverer.post(courier.endpoint, payload, {
        signing,
        ...(timestampMs === undefined ? {} : { timestampMs }),
      });
    },
  };
  return courier;
}
