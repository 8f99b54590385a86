// One way to the API: the client of its description, the CSRF header on every write, problem+json turned into ApiError.
import createClient from 'openapi-fetch'
import type { paths } from './schema'
import type { Problem } from './types'

export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail)
    this.name = 'ApiError'
  }
  get code(): string {
    return this.problem.code
  }
  /** The sentence for one field of a form, if the answer had one. */
  field(name: string): string | undefined {
    return this.problem.fields?.find((field) => field.field === name)?.message
  }
}

/** No answer came. Whether the command was done is not known; repeated with the same key it is done once. */
export class Unreachable extends Error {}

export function csrfToken(): string {
  return /(?:^|; )hobnob_csrf=([^;]*)/.exec(document.cookie)?.[1] ?? ''
}

let onSignedOut: () => void = () => undefined
export function whenSignedOut(handler: () => void): void {
  onSignedOut = handler
}

function problemOf(status: number, body: unknown): Problem {
  const known = typeof body === 'object' && body !== null && 'code' in body
  if (known) return body as Problem
  return { type: 'about:blank', title: String(status), status, code: `http_${status}`, detail: `HTTP ${status}` }
}

// The test's environment has no page and no requests; the browser always has both.
const origin = typeof location === 'undefined' ? '' : location.origin
export const client = createClient<paths>({ baseUrl: origin, credentials: 'same-origin' })
client.use({
  onRequest({ request }) {
    if (request.method !== 'GET') request.headers.set('X-CSRF-Token', csrfToken())
    return request
  },
  onResponse({ response, schemaPath }) {
    // Asking who is signed in is the one question that nobody may answer.
    if (response.status === 401 && schemaPath !== '/api/me' && schemaPath !== '/api/sign-in') onSignedOut()
  },
  onError({ error }) {
    return error instanceof Error && error.name !== 'AbortError' ? new Unreachable(error.message) : undefined
  },
})

/** The header of a write that may be sent twice and must happen once: the same key for every try of the same wish. */
export const once = (key: string) => ({ 'Idempotency-Key': key })

interface Answer<R> {
  data?: R
  error?: unknown
  response: Response
}
/** The answer's body, or its problem thrown. */
export async function take<R>(asking: Promise<Answer<R>>): Promise<R> {
  const { data, error, response } = await asking
  if (!response.ok) throw new ApiError(problemOf(response.status, error))
  return data as R
}
/** The same where the description leaves something open (a message's content): the caller says what it is. */
export const takeAs = <R>(asking: Promise<Answer<unknown>>): Promise<R> => take(asking) as Promise<R>

export function address(path: string, query: object): string {
  const filled = Object.entries(query).filter((pair): pair is [string, string | number] => pair[1] != null && pair[1] !== '')
  const text = new URLSearchParams(filled.map(([name, value]) => [name, String(value)])).toString()
  return text ? `${path}?${text}` : path
}

/** Uploads with progress, which fetch cannot report. */
export function upload<T>(path: string, file: File, onProgress: (share: number) => void, signal?: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest()
    const form = new FormData()
    form.append('file', file, file.name)
    xhr.open('POST', path)
    xhr.setRequestHeader('X-CSRF-Token', csrfToken())
    xhr.responseType = 'json'
    xhr.upload.onprogress = (event) => onProgress(event.lengthComputable ? event.loaded / event.total : 0)
    xhr.onload = () => {
      if (xhr.status < 300) resolve(xhr.response as T)
      else reject(new ApiError(problemOf(xhr.status, xhr.response)))
    }
    xhr.onerror = () => reject(new Unreachable('upload'))
    xhr.onabort = () => reject(new DOMException('stopped', 'AbortError'))
    signal?.addEventListener('abort', () => xhr.abort())
    xhr.send(form)
  })
}
