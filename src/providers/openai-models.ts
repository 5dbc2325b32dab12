import type { ImageModel, ModelSizes } from '#core/ports/images.ts';

export interface OpenAiModel extends ImageModel {
  /** Whether a transparent background may be asked for. */
  readonly transparent: boolean;
  /** US dollars per million tokens, so micros per token. All output is counted as image tokens. */
  readonly tokenPrices: { readonly textInput: number; readonly imageInput: number; readonly output: number };
}

/**
 * Any width and height divisible by 16, from 1:3 to 3:1, up to 3840×2160; source: `size` in the SDK's types. We ask for about a megapixel, the area their per-picture prices are quoted for.
 */
const freeSizes: ModelSizes = { kind: 'free', step: 16, sideMax: 3840, pixels: 1_048_576, ratioMax: 3 };

/** The three sizes every GPT image model takes; source: `size` in the SDK's types. */
const listedSizes: ModelSizes = {
  kind: 'list',
  sizes: [
    { width: 1024, height: 1024 },
    { width: 1536, height: 1024 },
    { width: 1024, height: 1536 },
  ],
};

/** What all GPT image models share; source: the SDK's types (32,000 characters, 16 input pictures, partial_images). */
const gptImage = {
  currency: 'USD',
  formats: ['png', 'jpeg', 'webp'],
  seeds: false,
  referencesMax: 16,
  partials: true,
  promptCharsMax: 32_000,
  // Below the 300 s after which Node's fetch gives up waiting for response headers.
  deadlineMs: 240_000,
} as const;

const threeQualities = ['low', 'medium', 'high'] as const;
const fiveQualities = [...threeQualities, 'xhigh', 'max'] as const;

/**
 * $5 text in, $8 image in, $30 image out. Source: excerpts of OpenAI's page of gpt-image-2.6-sunburst; for the others
 * third parties' price lists that agree with it. An operator's bill is what counts.
 */
const currentPrices = { textInput: 5, imageInput: 8, output: 30 } as const;

/**
 * The models OpenAI serves, best known first. `costMicros` is one 1024² picture at medium quality, used only where a
 * server reports no tokens: $0.053 for gpt-image-2 and 439 tokens for 2.5 (third parties' counts); 2.6 takes the figure
 * of gpt-image-2, an estimate. Sizes, qualities and transparency of 2.5 and 2.6 rest on third parties' pages. Credits follow what a picture costs. Transparency is a preview on gpt-image-2.
 */
export const openAiModels: readonly OpenAiModel[] = [
  {
    ...gptImage,
    id: 'gpt-image-2',
    credits: 4,
    costMicros: 53_000,
    sizes: freeSizes,
    qualities: threeQualities,
    transparent: false,
    tokenPrices: currentPrices,
  },
  ...(['gpt-image-2.6-flare', 'gpt-image-2.6-sunburst'] as const).map((id) => ({
    ...gptImage,
    id,
    credits: 4,
    costMicros: 53_000,
    sizes: freeSizes,
    qualities: fiveQualities,
    transparent: true,
    tokenPrices: currentPrices,
  })),
  ...(['gpt-image-2.5-flare', 'gpt-image-2.5-sunburst'] as const).map((id) => ({
    ...gptImage,
    id,
    credits: 2,
    costMicros: 13_000,
    sizes: freeSizes,
    qualities: fiveQualities,
    transparent: true,
    tokenPrices: currentPrices,
  })),
];

/**
 * Models OpenAI itself has shut down (gpt-image-1 on 2026-10-23) or shuts down on 2026-12-01 (the others; its
 * deprecations page). Compatible servers go on serving them under these names, so they are offered with a base URL only.
 * Prices: excerpts of OpenAI's model pages; for gpt-image-1.5 they follow from a published per-picture table ($0.034 at medium).
 */
export const retiredOpenAiModels: readonly OpenAiModel[] = [
  {
    ...gptImage,
    id: 'gpt-image-1.5',
    credits: 3,
    costMicros: 34_000,
    sizes: listedSizes,
    qualities: threeQualities,
    transparent: true,
    tokenPrices: { textInput: 5, imageInput: 8, output: 32 },
  },
  {
    ...gptImage,
    id: 'gpt-image-1',
    credits: 4,
    costMicros: 42_000,
    sizes: listedSizes,
    qualities: threeQualities,
    transparent: true,
    tokenPrices: { textInput: 5, imageInput: 10, output: 40 },
  },
  {
    ...gptImage,
    id: 'gpt-image-1-mini',
    credits: 1,
    costMicros: 11_000,
    sizes: listedSizes,
    qualities: threeQualities,
    transparent: true,
    tokenPrices: { textInput: 2, imageInput: 2.5, output: 8 },
  },
];
