/** What a small model puts around a text although it was told not to. */
const thoughts = /<think>[\s\S]*?(?:<\/think>|$)/gi;
const fences = /^\s*```.*$/gm;
const lineMarks = /^\s*(?:#+|[-*•])\s+/gm;
const emphasis = /(\*\*|__)(?=\S)(.+?)(?<=\S)\1/g;
const label = /^prompt\s*[:：]\s*/i;
const quoted = /^(?:"([^"]*)"|“([^“”]*)”|「([^「」]*)」|『([^『』]*)』)$/;
const throughLastSentence = /^[\s\S]*(?:[.!?](?=["”')]?(?:\s|$))|[。！？])/;

/** A model's answer as one paragraph of plain text. */
export function plainWords(answer: string): string {
  const plain = answer
    .replace(thoughts, '')
    .replace(fences, '')
    .replace(lineMarks, '')
    .replace(emphasis, '$2')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(label, '');
  return (quoted.exec(plain)?.slice(1).find(Boolean) ?? plain).trim();
}

/** As many whole sentences from the beginning as fit; nothing where not even one does. */
export function wholeSentences(text: string, charsMax: number): string {
  return throughLastSentence.exec([...text].slice(0, charsMax).join(''))?.[0] ?? '';
}
