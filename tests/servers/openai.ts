import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { parseArgs } from 'node:util';
import { createFaultPlan, type Planned } from '#tests/servers/faults.ts';
import { closeServer, listen } from '#tests/servers/listen.ts';
import { answer, notFound, refuse } from '#tests/servers/openai-answers.ts';
import { type FaultOptions, type OpenAiFault, refusalOf } from '#tests/servers/openai-faults.ts';
import {
  answerModeration,
  type OpenAiModerationRequest,
  readModerationRequest,
} from '#tests/servers/openai-moderations.ts';
import { type OpenAiRequest, orderOf, readRequest } from '#tests/servers/openai-requests.ts';
import { brokenRule } from '#tests/servers/openai-rules.ts';
import {
  answerText,
  type OpenAiTextFault,
  type OpenAiTextRequest,
  readTextRequest,
} from '#tests/servers/openai-texts.ts';

export interface OpenAiServerOptions {
  port?: number;
  /** Required of every request when set. */
  apiKey?: string;
  latencyMs?: number;
  /** Longest side of the pictures given out, in pixels; as asked for when unset. For load tests. */
  sideMax?: number;
}

export interface OpenAiServer {
  /** What `OPENAI_BASE_URL` takes; ends in `/v1`. */
  url: string;
  requests: readonly OpenAiRequest[];
  /** The finished pictures it gave out, byte for byte. */
  images: readonly { prompt: string; bytes: Buffer }[];
  /** Finished pictures of one prompt: two mean it was generated again. */
  generationsOf(prompt: string): number;
  /** Makes the next request, or those the options say, go wrong. */
  fail(fault: OpenAiFault, options?: FaultOptions): void;
  /** Resolves once this many requests have arrived since the start. */
  received(count: number): Promise<void>;
  /** Prompts that were looked at, which are counted by themselves; it objects to those with the word `gore`. */
  moderations: readonly OpenAiModerationRequest[];
  failModeration(fault: OpenAiFault, options?: FaultOptions): void;
  /** Requests for text, which are counted by themselves. */
  texts: readonly OpenAiTextRequest[];
  failText(fault: OpenAiTextFault, options?: FaultOptions): void;
  receivedTexts(count: number): Promise<void>;
  /** Ends every open request and stops. */
  close(): Promise<void>;
}

/**
 * Starts a server on loopback that speaks the Images API: JSON and streams, its limits, and faults on demand; and of the
 * Chat Completions and Moderations APIs what writing prompts out and looking at them takes.
 */
export async function startOpenAiServer(options: OpenAiServerOptions = {}): Promise<OpenAiServer> {
  const requests: OpenAiRequest[] = [];
  const images: { prompt: string; bytes: Buffer }[] = [];
  /** Counted before painting, so that equal prompts at once still get different pictures. */
  const accepted = new Map<string, number>();
  const arrivals = new EventTarget();
  const faults = createFaultPlan<string, Planned<string> & { fault: OpenAiFault }>();

  const texts: OpenAiTextRequest[] = [];
  const textFaults = createFaultPlan<string, Planned<string> & { fault: OpenAiTextFault }>();

  async function handleText(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await readTextRequest(incoming);
    texts.push(request);
    const nth = texts.filter(({ user }) => user === request.user).length;
    const fault = textFaults.take(request.user)?.fault;
    arrivals.dispatchEvent(new Event('arrival'));
    answerText(response, request, { fault, apiKey: options.apiKey, nth });
  }

  const moderations: OpenAiModerationRequest[] = [];
  const moderationFaults = createFaultPlan<string, Planned<string> & { fault: OpenAiFault }>();

  async function handleModeration(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await readModerationRequest(incoming);
    moderations.push(request);
    const fault = moderationFaults.take(request.input)?.fault;
    arrivals.dispatchEvent(new Event('arrival'));
    answerModeration(response, request, { fault, apiKey: options.apiKey });
  }

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = incoming.url ?? '';
    const file = /^\/files\/(\d+)$/.exec(path)?.[1];
    if (file !== undefined) return void response.end(images[Number(file)]?.bytes);
    if (path === '/v1/chat/completions') return handleText(incoming, response);
    if (path === '/v1/moderations') return handleModeration(incoming, response);
    const endpoint = /^\/v1\/images\/(generations|edits)$/.exec(path)?.[1];
    if (endpoint !== 'generations' && endpoint !== 'edits') return refuse(response, notFound);

    const request = await readRequest(incoming, endpoint);
    const fault = faults.take(request.prompt)?.fault;
    requests.push(fault ? { ...request, fault: fault.kind } : request);
    arrivals.dispatchEvent(new Event('arrival'));
    const refusal = (fault && refusalOf(fault)) ?? brokenRule(request, options.apiKey);
    if (refusal) return refuse(response, refusal);
    if (fault?.kind === 'hang') {
      if (fault.forMs !== undefined) setTimeout(() => response.destroy(), fault.forMs).unref();
      return;
    }
    if (fault?.kind === 'cut') return void response.destroy();
    if (fault?.kind === 'empty_body') return void response.end();

    const nth = (accepted.get(request.prompt) ?? 0) + 1;
    accepted.set(request.prompt, nth);
    await answer(response, {
      request,
      order: orderOf(request, nth, options.sideMax),
      fault,
      latencyMs: fault?.kind === 'slow' ? fault.latencyMs : (options.latencyMs ?? 0),
      keep: (bytes) => `${origin}/files/${images.push({ prompt: request.prompt, bytes }) - 1}`,
    });
  }

  const server = createServer((incoming, response) => {
    // A client that left is no fault of ours; anything else that fails here shows as a cut connection.
    handle(incoming, response).catch(() => response.destroy());
  });
  const origin = await listen(server, options.port);

  return {
    url: `${origin}/v1`,
    requests,
    images,
    generationsOf: (prompt) => images.filter((image) => image.prompt === prompt).length,
    fail: (fault, { times = 1, prompt = () => true } = {}) => faults.add({ fault, times, match: prompt }),
    async received(count) {
      while (requests.length < count) await once(arrivals, 'arrival');
    },
    moderations,
    failModeration: (fault, { times = 1, prompt = () => true } = {}) =>
      moderationFaults.add({ fault, times, match: prompt }),
    texts,
    failText: (fault, { times = 1, prompt = () => true } = {}) => textFaults.add({ fault, times, match: prompt }),
    async receivedTexts(count) {
      while (texts.length < count) await once(arrivals, 'arrival');
    },
    close: () => closeServer(server),
  };
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { port: { type: 'string' }, 'latency-ms': { type: 'string' }, 'side-max': { type: 'string' } },
  });
  const server = await startOpenAiServer({
    port: Number(values.port ?? 4010),
    latencyMs: Number(values['latency-ms'] ?? 0),
    ...(values['side-max'] === undefined ? {} : { sideMax: Number(values['side-max']) }),
  });
  console.log(`OPENAI_BASE_URL=${server.url}`);
}
