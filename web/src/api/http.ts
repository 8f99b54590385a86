// One way to the API: JSON both ways, the CSRF header on every write, problem+json turned into ApiError.
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

/** The server could not be reached at all: nothing was accepted, and the same command may be repeated. */
export class Unreachable extends Error {}

export function csrfToken(): string {
  return /(?:^|; )hobnob_csrf=([^;]*)/.exec(document.cookie)?.[1] ?? ''
}

let onSignedOut: () => void = () => undefined
export function whenSignedOut(handler: () => void): void {
  onSignedOut = handler
}

export function problemOf(status: number, body: unknown): Problem {
  const known = typeof body === 'object' && body !== null && 'code' in body
  if (known) return body as Problem
  return { type: 'about:blank', title: String(status), status, code: `http_${status}`, detail: `HTTP ${status}` }
}

async function failure(path: string, response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => null)
  const error = new ApiError(problemOf(response.status, body))
  // Asking who is signed in is the one question that nobody may answer.
  if (error.code === 'not_signed_in' && path !== '/api/me') onSignedOut()
  return error
}

export interface Options {
  query?: Record<string, string | number | boolean | null | undefined>
  body?: unknown
  idempotencyKey?: string
  signal?: AbortSignal
}

export function address(path: string, query: Options['query']): string {
  const filled = Object.entries(query ?? {}).filter((pair): pair is [string, string | number | boolean] => pair[1] != null && pair[1] !== '')
  const text = new URLSearchParams(filled.map(([name, value]) => [name, String(value)])).toString()
  return text ? `${path}?${text}` : path
}

export async function request<T>(method: string, path: string, options: Options = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json' }
  if (method !== 'GET') headers['X-CSRF-Token'] = csrfToken()
  if (options.body !== undefined) headers['Content-Type'] = 'application/json'
  if (options.idempotencyKey) headers['Idempotency-Key'] = options.idempotencyKey
  const body = options.body === undefined ? null : JSON.stringify(options.body)
  const init: RequestInit = { method, headers, body, credentials: 'same-origin', signal: options.signal ?? null }
  const response = await fetch(address(path, options.query), init).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new Unreachable(String(error))
  })
  if (!response.ok) throw await failure(path, response)
  if (response.status === 204) return undefined as T
  return (await response.json()) as T
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
