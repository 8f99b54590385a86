// Files on their way into a message: checked before a byte leaves, uploaded with progress, removable at any time.
import { useCallback, useEffect, useRef, useState } from 'react'
import * as calls from '../../../api/calls'
import type { Media } from '../../../api/types'
import { newId } from '../../../ui/uuid'
import { checkFile, FILES_MAX, type FileCheck } from './rules'

export interface Attachment {
  key: string
  file: File
  preview: string | null
  share: number
  media: Media | null
  refused: Exclude<FileCheck, { ok: true }> | null
  error: unknown
}
export interface Files {
  list: Attachment[]
  add: (files: Iterable<File>) => void
  remove: (key: string) => void
  retry: (key: string) => void
  clear: () => void
}

export function useFiles(): Files {
  const [list, setList] = useState<Attachment[]>([])
  const stops = useRef(new Map<string, AbortController>())
  const previews = useRef(new Map<string, string>())
  const change = useCallback((key: string, now: Partial<Attachment>) => {
    setList((rows) => rows.map((row) => (row.key === key ? { ...row, ...now } : row)))
  }, [])

  const start = useCallback(
    async (key: string, file: File) => {
      const stop = new AbortController()
      stops.current.set(key, stop)
      change(key, { error: null, share: 0 })
      try {
        change(key, { media: await calls.uploadMedia(file, (share) => change(key, { share }), stop.signal) })
      } catch (error) {
        if (!stop.signal.aborted) change(key, { error })
      }
    },
    [change],
  )

  // A preview holds its file in memory until it is given back.
  const forget = useCallback((key: string) => {
    const preview = previews.current.get(key)
    if (preview) URL.revokeObjectURL(preview)
    previews.current.delete(key)
  }, [])

  const add = useCallback(
    (files: Iterable<File>) => {
      const rows = [...files].slice(0, Math.max(0, FILES_MAX - list.length)).map((file): Attachment => {
        const check = checkFile(file)
        const preview = check.ok && check.kind === 'image' ? URL.createObjectURL(file) : null
        const key = newId()
        if (preview) previews.current.set(key, preview)
        return { key, file, preview, share: 0, media: null, refused: check.ok ? null : check, error: null }
      })
      setList((known) => [...known, ...rows])
      for (const row of rows) if (!row.refused) void start(row.key, row.file)
    },
    [list.length, start],
  )
  const remove = useCallback((key: string) => {
    stops.current.get(key)?.abort()
    forget(key)
    setList((rows) => rows.filter((row) => row.key !== key))
  }, [forget])
  const retry = useCallback(
    (key: string) => {
      const row = list.find((each) => each.key === key)
      if (row) void start(key, row.file)
    },
    [list, start],
  )
  const clear = useCallback(() => {
    for (const key of [...previews.current.keys()]) forget(key)
    setList([])
  }, [forget])

  useEffect(() => {
    const running = stops.current
    const shown = previews.current
    return () => {
      for (const stop of running.values()) stop.abort()
      for (const preview of shown.values()) URL.revokeObjectURL(preview)
    }
  }, [])
  return { list, add, remove, retry, clear }
}
