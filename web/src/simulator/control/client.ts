/** Calls of the simulator's control face. Every failure becomes a ControlError with a sentence a person can read. */
import type {
  Chat,
  CustomerMessage,
  Faults,
  LogEntry,
  NewPhone,
  Phone,
  PhonePatch,
  SimulatorState,
  Template,
  UploadedMedia,
} from './types'

const REQUEST_TIMEOUT_MS = 15_000
const UPLOAD_TIMEOUT_MS = 60_000

export class ControlError extends Error {
  constructor(
    message: string,
    readonly status: number | null,
  ) {
    super(message)
    this.name = 'ControlError'
  }
}

function errorSentence(body: unknown): string | null {
  if (typeof body !== 'object' || body === null) return null
  const { error, detail } = body as { error?: unknown; detail?: unknown }
  if (typeof error === 'string') return error
  if (typeof error === 'object' && error !== null) {
    const { message } = error as { message?: unknown }
    if (typeof message === 'string') return message
  }
  return typeof detail === 'string' ? detail : null
}

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const isForm = body instanceof FormData
  let answer: Response
  try {
    answer = await fetch(`/control${path}`, {
      method,
      body: body === undefined ? undefined : isForm ? body : JSON.stringify(body),
      headers: body === undefined || isForm ? undefined : { 'Content-Type': 'application/json' },
      signal: AbortSignal.timeout(isForm ? UPLOAD_TIMEOUT_MS : REQUEST_TIMEOUT_MS),
    })
  } catch {
    throw new ControlError('', null)
  }
  const text = await answer.text()
  let parsed: unknown = null
  try {
    parsed = text === '' ? null : JSON.parse(text)
  } catch {
    // A proxy's HTML page: the status below says enough.
  }
  if (!answer.ok) throw new ControlError(errorSentence(parsed) ?? '', answer.status)
  return parsed as T
}

const onPhone = (phone: string, verb = '') => `/phones/${encodeURIComponent(phone)}${verb}`

export const control = {
  state: () => call<SimulatorState>('GET', '/state'),
  reset: () => call<unknown>('POST', '/reset'),
  advanceClock: (seconds: number) => call<{ now: string }>('POST', '/clock/advance', { seconds }),
  setFaults: (faults: Faults) => call<Faults>('PUT', '/faults', faults),
  log: () => call<LogEntry[]>('GET', '/log'),
  templates: async () => (await call<{ items: Template[] }>('GET', '/templates')).items,
  decideTemplate: (id: string, status: 'APPROVED' | 'REJECTED', reason?: string) =>
    call<unknown>('POST', `/templates/${encodeURIComponent(id)}/decide`, { status, reason }),
  uploadMedia: (file: File) => {
    const form = new FormData()
    form.append('file', file)
    return call<UploadedMedia>('POST', '/media', form)
  },
  addPhone: (phone: NewPhone) => call<Phone>('POST', '/phones', phone),
  patchPhone: (phone: string, patch: PhonePatch) => call<Phone>('PATCH', onPhone(phone), patch),
  removePhone: (phone: string) => call<unknown>('DELETE', onPhone(phone)),
  chats: (phone: string) => call<Chat[]>('GET', onPhone(phone, '/chats')),
  send: (phone: string, message: CustomerMessage) =>
    call<{ id: string }>('POST', onPhone(phone, '/send'), message),
  read: (phone: string, phone_number_id: string) =>
    call<unknown>('POST', onPhone(phone, '/read'), { phone_number_id }),
  block: (phone: string, phone_number_id: string, blocked: boolean) =>
    call<unknown>('POST', onPhone(phone, '/block'), { phone_number_id, blocked }),
  press: (phone: string, pressed: { message_id: string; button_id?: string; row_id?: string; index?: number }) =>
    call<unknown>('POST', onPhone(phone, '/press'), pressed),
  play: (phone: string, message_id: string) => call<unknown>('POST', onPhone(phone, '/play'), { message_id }),
  setMarketing: (phone: string, phone_number_id: string, value: 'stop' | 'resume') =>
    call<unknown>('POST', onPhone(phone, '/preferences'), { phone_number_id, value }),
  changeNumber: (phone: string, new_phone: string) =>
    call<unknown>('POST', onPhone(phone, '/change-number'), { new_phone }),
}
