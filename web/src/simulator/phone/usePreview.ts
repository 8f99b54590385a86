import { useTranslation } from 'react-i18next'
import type { ChatMessage } from '../control/types'
import { preview } from './preview'

/** Says a message in one line, in the page's language. */
export function usePreview(): (message: ChatMessage) => string {
  const { t } = useTranslation('simulator')
  return (message) => {
    const said = preview(message)
    return 'text' in said ? said.text : t(said.key, { name: '', text: '', type: '', ...said.values })
  }
}
