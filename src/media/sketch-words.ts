import { type Color, color } from './sketch-color.ts';

export type SkyMood = 'day' | 'dawn' | 'sunset' | 'night' | 'grey' | 'aurora' | 'neon' | 'ember';
export type LandMood = 'snow' | 'forest' | 'sea' | 'desert' | 'city' | 'autumn' | 'spring' | 'mountain' | 'meadow';
export type Subject =
  | 'fox'
  | 'wolf'
  | 'dog'
  | 'cat'
  | 'rabbit'
  | 'bear'
  | 'boat'
  | 'house'
  | 'balloon'
  | 'portrait'
  | 'flower'
  | 'planet';

/** What a prompt asks for, as far as a drawing from words can follow it. First mention first. */
export type PromptWords = { colors: Color[]; skies: SkyMood[]; lands: LandMood[]; subjects: Subject[] };

/** English is matched by whole words (plural allowed), Chinese anywhere in the text. */
type Entry<T> = readonly [value: T, english: string, chinese: string];

const colorEntries: readonly Entry<Color>[] = [
  [color(0.6, 0.22, 27), 'red|crimson|scarlet|ruby', '紅|赤'],
  [color(0.74, 0.17, 55), 'orange|amber|copper|tangerine', '橙|橘'],
  [color(0.87, 0.16, 92), 'yellow|gold|golden|lemon', '黃|金色|金黃'],
  [color(0.66, 0.16, 146), 'green|emerald|jade|lime|olive', '綠|翠'],
  [color(0.72, 0.12, 195), 'teal|turquoise|cyan|aqua|mint', '青|藍綠|湖水'],
  [color(0.58, 0.17, 256), 'blue|azure|cobalt|navy|sapphire|indigo', '藍|靛'],
  [color(0.55, 0.2, 302), 'purple|violet|lavender|lilac|magenta', '紫'],
  [color(0.78, 0.14, 355), 'pink|rose|blush|peach', '粉紅|粉色|桃紅|玫瑰'],
  [color(0.47, 0.08, 55), 'brown|chocolate|bronze|wooden', '棕|褐|咖啡色'],
  [color(0.2, 0.01, 270), 'black|ebony|obsidian', '黑'],
  [color(0.97, 0.008, 240), 'white|ivory', '白'],
  [color(0.68, 0.01, 250), 'gray|grey|silver', '灰|銀'],
];

const skyEntries: readonly Entry<SkyMood>[] = [
  ['aurora', 'aurora|northern lights', '極光'],
  ['neon', 'neon|cyberpunk|synthwave|vaporwave|retrowave', '霓虹|賽博'],
  [
    'night',
    'night|midnight|star|starry|moon|moonlit|moonlight|space|galaxy|dark|cosmic|nebula',
    '夜|星|月|宇宙|太空|銀河|黑暗',
  ],
  ['sunset', 'sunset|dusk|evening|twilight|golden hour|romantic', '日落|夕陽|黃昏|晚霞|傍晚|浪漫'],
  ['dawn', 'dawn|sunrise|morning|dreamy|pastel|soft|calm|peaceful|gentle', '日出|黎明|清晨|早晨|夢幻|柔和|寧靜|平靜'],
  [
    'grey',
    'rain|rainy|storm|stormy|fog|foggy|mist|misty|cloudy|gloomy|moody|sad|melancholy',
    '雨|霧|陰|暴風|憂鬱|悲傷',
  ],
  ['ember', 'fire|flame|lava|volcano|hell|inferno|dragon|angry', '火|熔岩|火山|地獄|憤怒|龍'],
  ['day', 'sunny|noon|daylight|summer|bright|happy|cheerful|sky|cloud', '晴|陽光|白天|夏|明亮|快樂|天空|雲'],
];

const landEntries: readonly Entry<LandMood>[] = [
  ['snow', 'snow|snowy|winter|ice|icy|frozen|arctic|glacier|christmas|penguin', '雪|冬|冰|聖誕|企鵝'],
  [
    'sea',
    'sea|ocean|wave|beach|island|lake|river|water|coast|harbor|harbour|fish|whale|boat|ship|sailboat|dolphin',
    '海|洋|浪|沙灘|島|湖|河|江|水|港|魚|鯨|船|帆',
  ],
  [
    'city',
    'city|street|skyline|building|skyscraper|downtown|tokyo|taipei|urban|robot|car|train|cyberpunk',
    '城市|都市|街|大樓|高樓|台北|臺北|東京|機器人|車',
  ],
  ['desert', 'desert|dune|sand|sahara|mars|camel|egypt|pyramid', '沙漠|沙丘|火星|駱駝|埃及|金字塔'],
  ['autumn', 'autumn|fall leaves|maple|harvest|pumpkin|october', '秋|楓|南瓜'],
  ['spring', 'spring|blossom|cherry|sakura|garden|flower field|meadow of flowers', '春|櫻|花園|花田'],
  ['forest', 'forest|wood|woods|jungle|tree|pine|bamboo|deer|moss', '森|林|樹|竹|鹿'],
  ['mountain', 'mountain|peak|alps|fuji|cliff|canyon|hiking|volcano', '山|峰|崖|峽谷|火山'],
  ['meadow', 'meadow|field|hill|grass|farm|prairie|countryside|valley|village', '草|田|丘|農|鄉|谷|村'],
];

const subjectEntries: readonly Entry<Subject>[] = [
  ['fox', 'fox|foxes', '狐'],
  ['wolf', 'wolf|wolves|husky', '狼'],
  ['dog', 'dog|puppy|puppies|corgi|shiba', '狗|犬|柴'],
  ['cat', 'cat|kitten|kitty|tiger|lion|lynx', '貓|虎|獅'],
  ['rabbit', 'rabbit|bunny|bunnies|hare', '兔'],
  ['bear', 'bear|panda|teddy|koala', '熊|貓熊|無尾熊'],
  ['boat', 'boat|ship|sailboat|yacht|sail', '船|帆'],
  ['house', 'house|cabin|cottage|home|hut|barn|village|castle', '屋|房|家|村|城堡'],
  ['balloon', 'balloon|hot air balloon|airship', '熱氣球|氣球'],
  ['planet', 'planet|saturn|jupiter|space|galaxy|astronaut|cosmic|nebula', '行星|土星|木星|太空|銀河|宇宙'],
  [
    'portrait',
    'portrait|face|person|woman|man|girl|boy|queen|king|princess|knight|wizard|samurai',
    '肖像|人像|臉|女人|男人|女孩|男孩|女王|國王|公主|騎士|武士|巫師|少女',
  ],
  [
    'flower',
    'flower|rose|lotus|tulip|petal|bouquet|mandala|abstract|pattern|daisy|sunflower',
    '花|蓮|玫瑰|曼陀羅|抽象|圖案',
  ],
];

/** Reads colours, moods and subjects from a prompt in English or Chinese, in the order they are mentioned. */
export function readPromptWords(prompt: string): PromptWords {
  const text = prompt.normalize('NFKC').toLowerCase();
  return {
    colors: found(text, colorEntries),
    skies: found(text, skyEntries),
    lands: found(text, landEntries),
    subjects: found(text, subjectEntries),
  };
}

function found<T>(text: string, entries: readonly Entry<T>[]): T[] {
  return entries
    .map(([value, english, chinese]) => ({ value, at: text.search(new RegExp(`\\b(?:${english})s?\\b|${chinese}`)) }))
    .filter(({ at }) => at >= 0)
    .sort((left, right) => left.at - right.at)
    .map(({ value }) => value);
}
