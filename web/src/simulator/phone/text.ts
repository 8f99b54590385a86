/** WhatsApp's own marks in a message (*bold* _italic_ ~struck~ ```code``` and links), as a small tree. */

export type TextPart =
  | { kind: 'plain'; text: string }
  | { kind: 'code'; text: string }
  | { kind: 'link'; text: string; href: string }
  | { kind: 'bold' | 'italic' | 'struck'; parts: TextPart[] }

const MARKS = { '*': 'bold', _: 'italic', '~': 'struck' } as const
const DEPTH_MAX = 4

// A mark counts only at the edge of a word and hugging its text: 2*3*4 and snake_case_name stay as they are.
const TOKEN =
  /```([\s\S]+?)```|(?<![\p{L}\p{N}*_~])([*_~])(?=\S)([^\n]*?\S)\2(?![\p{L}\p{N}])|(https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]])/gu

export function parseText(text: string, depth = 0): TextPart[] {
  const parts: TextPart[] = []
  let from = 0
  const plainUpTo = (to: number) => {
    if (to > from) parts.push({ kind: 'plain', text: text.slice(from, to) })
  }
  if (depth > DEPTH_MAX) return [{ kind: 'plain', text }]
  for (const match of text.matchAll(TOKEN)) {
    const [whole, code, mark, marked, link] = match
    plainUpTo(match.index)
    if (code !== undefined) parts.push({ kind: 'code', text: code })
    else if (link !== undefined) parts.push({ kind: 'link', text: link, href: link })
    else parts.push({ kind: MARKS[mark as keyof typeof MARKS], parts: parseText(marked ?? '', depth + 1) })
    from = match.index + whole.length
  }
  plainUpTo(text.length)
  return parts
}

const ONLY_EMOJI = /^(?:\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier})*(?:\u200D\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier})*)*\s*){1,3}$/u

/** Up to three emoji alone are shown large, as WhatsApp does. */
export function isOnlyEmoji(text: string): boolean {
  return ONLY_EMOJI.test(text.trim())
}

const CODE = /\b(\d{3})[- ]?(\d{3})\b/
const SPOKEN_CODE = /(?:\d[\s,.-]+){5}\d/

/** The six-digit code of a verification SMS or voice call, or null in any other text. */
export function oneTimeCode(body: string): string | null {
  const written = CODE.exec(body)
  if (written) return `${written[1]}${written[2]}`
  const spoken = SPOKEN_CODE.exec(body)
  return spoken ? spoken[0].replaceAll(/\D/g, '') : null
}
