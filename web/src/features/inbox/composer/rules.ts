// What may be sent, and when. Pure; the limits are WhatsApp's.
import type { Chat, ListSection, ReplyButton, SendInteractive, Template, TemplateParameters } from '../../../api/types'

export const TEXT_LETTERS_MAX = 4096
export const CAPTION_LETTERS_MAX = 1024
export const BUTTONS_MAX = 3
export const BUTTON_LETTERS_MAX = 20
export const ROWS_MAX = 10
export const ROW_LETTERS_MAX = 24
export const ROW_NOTE_LETTERS_MAX = 72
export const HEADER_LETTERS_MAX = 60
export const BODY_LETTERS_MAX = 1024
export const LIST_BODY_LETTERS_MAX = 4096
export const FILES_MAX = 10

// As the server counts them (whatsapp/limits.py).
const KIB = 1024
const MIB = 1024 * KIB
const kinds = [
  { kind: 'image', types: ['image/jpeg', 'image/png'], bytesMax: 5 * MIB },
  { kind: 'sticker', types: ['image/webp'], bytesMax: 500 * KIB },
  { kind: 'video', types: ['video/mp4', 'video/3gpp'], bytesMax: 16 * MIB },
  { kind: 'audio', types: ['audio/aac', 'audio/amr', 'audio/mpeg', 'audio/mp4', 'audio/ogg', 'audio/x-m4a'], bytesMax: 16 * MIB },
  {
    kind: 'document',
    types: [
      'text/plain',
      'application/pdf',
      'application/msword',
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
      'application/vnd.ms-excel',
      'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
      'application/vnd.ms-powerpoint',
      'application/vnd.openxmlformats-officedocument.presentationml.presentation',
    ],
    bytesMax: 100 * MIB,
  },
] as const
export type FileKind = (typeof kinds)[number]['kind']
export const acceptedTypes = kinds.flatMap((each) => [...each.types]).join(',')

export type FileCheck = { ok: true; kind: FileKind } | { ok: false; why: 'type' } | { ok: false; why: 'size'; bytesMax: number } | { ok: false; why: 'empty' }

export function checkFile(file: { type: string; size: number }): FileCheck {
  const type = file.type.split(';')[0]
  const found = kinds.find((each) => each.types.some((known) => known === type))
  if (!found) return { ok: false, why: 'type' }
  if (file.size === 0) return { ok: false, why: 'empty' }
  if (file.size > found.bytesMax) return { ok: false, why: 'size', bytesMax: found.bytesMax }
  return { ok: true, kind: found.kind }
}

/** Free-form messages are allowed until the window ends; without one the customer never wrote. */
export function windowState(chat: Pick<Chat, 'window_expires_at'>, now: number): 'open' | 'closing' | 'closed' | 'never' {
  if (!chat.window_expires_at) return 'never'
  const left = Date.parse(chat.window_expires_at) - now
  if (left <= 0) return 'closed'
  return left < 60 * 60_000 ? 'closing' : 'open'
}

/** ``{{1}}`` and ``{{name}}`` replaced by what was typed; what is still missing stays to be seen. */
export function fill(text: string, names: readonly string[], values: readonly string[]): string {
  return text.replace(/\{\{\s*([^{}\s]+)\s*\}\}/g, (whole, name: string) => {
    const index = names.indexOf(name)
    return (index === -1 ? '' : values[index]) || whole
  })
}

export interface TemplateValues {
  header: string[]
  body: string[]
  buttons: string[]
}
export const emptyValues = (template: Template): TemplateValues => ({
  header: template.parameters.header.map(() => ''),
  body: template.parameters.body.map(() => ''),
  buttons: template.parameters.buttons.map(() => ''),
})
export const needsMedia = (template: Template): boolean => /^(IMAGE|VIDEO|DOCUMENT|GIF)$/i.test(template.header_format ?? '')

export function templateReady(template: Template, values: TemplateValues, hasMedia: boolean): boolean {
  const filled = [...values.header, ...values.body, ...values.buttons].every((value) => value.trim() !== '')
  return filled && (hasMedia || !needsMedia(template))
}

export function templateParameters(template: Template, values: TemplateValues): TemplateParameters {
  return {
    ...(values.header.length > 0 && { header: values.header }),
    ...(values.body.length > 0 && { body: values.body }),
    ...(values.buttons.length > 0 && {
      buttons: template.parameters.buttons.map((button, index) => ({ index: button.index, value: values.buttons[index] ?? '' })),
    }),
  }
}

export type InteractiveProblem = 'body' | 'button' | 'title' | 'same' | 'sections'

/** Why an interactive message cannot be sent yet, or null. */
export function interactiveProblem(draft: SendInteractive): InteractiveProblem | null {
  if (draft.body.trim() === '') return 'body'
  if (draft.kind === 'button') return titlesProblem(draft.buttons.map((button) => button.title))
  if (draft.button.trim() === '') return 'button'
  if (draft.sections.length > 1 && draft.sections.some((section) => !section.title?.trim())) return 'sections'
  return titlesProblem(draft.sections.flatMap((section) => section.rows.map((row) => row.title)))
}
function titlesProblem(titles: string[]): InteractiveProblem | null {
  const trimmed = titles.map((title) => title.trim())
  if (trimmed.length === 0 || trimmed.some((title) => title === '')) return 'title'
  return new Set(trimmed).size < trimmed.length ? 'same' : null
}

export const newButton = (index: number): ReplyButton => ({ id: `button-${index}`, title: '' })
export const newRow = (section: number, index: number): ListSection['rows'][number] => ({ id: `row-${section}-${index}`, title: '', description: '' })
