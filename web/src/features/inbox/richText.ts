// WhatsApp's own marks (*bold*, _italic_, ~strike~, ```code```) and links, as a tree. Pure.
export type Piece =
  | { kind: 'text'; text: string }
  | { kind: 'link'; text: string; href: string }
  | { kind: 'code'; text: string }
  | { kind: 'bold' | 'italic' | 'strike'; pieces: Piece[] }

const marks = { '*': 'bold', _: 'italic', '~': 'strike' } as const
type Mark = keyof typeof marks

const CODE = /```([^`]+)```|`([^`\n]+)`/
const LINK = /\b(?:https?:\/\/|www\.)[^\s<>"]+[^\s<>"'.,;:!?)\]}*_~]/i
// A mark counts at the edge of a word, hugs its text, and never spans lines: 2*3*4 stays arithmetic.
const MARKED = /(?<![\p{L}\p{N}])([*_~])(?=\S)([^\n]*?\S)\1(?![\p{L}\p{N}])/u

export function richText(text: string): Piece[] {
  const code = CODE.exec(text)
  const link = LINK.exec(text)
  const marked = MARKED.exec(text)
  const first = [code, link, marked].filter((match) => match !== null).sort((a, b) => a.index - b.index)[0]
  if (!first) return text ? [{ kind: 'text', text }] : []
  const before: Piece[] = first.index > 0 ? [{ kind: 'text', text: text.slice(0, first.index) }] : []
  return [...before, piece(first, first === code, first === link), ...richText(text.slice(first.index + first[0].length))]
}

function piece(match: RegExpExecArray, isCode: boolean, isLink: boolean): Piece {
  if (isCode) return { kind: 'code', text: match[1] ?? match[2] ?? '' }
  if (isLink) return { kind: 'link', text: match[0], href: match[0].startsWith('www.') ? `https://${match[0]}` : match[0] }
  return { kind: marks[match[1] as Mark], pieces: richText(match[2] ?? '') }
}

/** The words without their marks, for places of one line. */
export function plainText(text: string): string {
  return richText(text).map(wordsOf).join('')
}
const wordsOf = (one: Piece): string => ('pieces' in one ? one.pieces.map(wordsOf).join('') : one.text)

/** One to three emoji and nothing else are shown large, as WhatsApp does. */
export function emojiOnly(text: string): boolean {
  const trimmed = text.trim()
  if (trimmed === '' || trimmed.length > 40) return false
  const letters = [...new Intl.Segmenter().segment(trimmed)].map((part) => part.segment)
  return letters.length <= 3 && letters.every((letter) => /\p{Extended_Pictographic}|\p{Regional_Indicator}/u.test(letter))
}
