// One line for a message: in quotes, in announcements.
import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import type { Message } from '../../api/types'

export function usePreview(): (message: Message) => string {
  const { t } = useTranslation('inbox')
  return useCallback(
    (message) => {
      const { content } = message
      if ('body' in content && content.body) return content.body
      if ('caption' in content && content.caption) return content.caption
      if ('text' in content && content.text) return content.text
      if ('title' in content && content.title) return content.title
      return t(`kinds.${message.type}`, { defaultValue: message.type })
    },
    [t],
  )
}
