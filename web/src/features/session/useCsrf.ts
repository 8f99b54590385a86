// Asking who is signed in sets the CSRF cookie that the forms repeat, also for nobody.
import { useEffect } from 'react'
import * as calls from '../../api/calls'
import { csrfToken } from '../../api/http'

export function useCsrf(): void {
  useEffect(() => {
    if (!csrfToken()) calls.me().catch(() => undefined)
  }, [])
}
