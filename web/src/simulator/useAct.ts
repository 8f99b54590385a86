/** Runs one command; a refusal becomes a notice with the simulator's own sentence, and the caller learns whether it worked. */
import { notifications } from '@mantine/notifications'
import { useTranslation } from 'react-i18next'
import { ControlError } from './control/client'

export function useAct(): (work: Promise<unknown>) => Promise<boolean> {
  const { t } = useTranslation('simulator')
  return async (work) => {
    try {
      await work
      return true
    } catch (error) {
      const status = error instanceof ControlError ? error.status : null
      const said = error instanceof ControlError ? error.message : ''
      const unreachable = status === null || (status >= 502 && status <= 504)
      const message = said || (unreachable ? t('errors.unreachable') : t('errors.refused', { status }))
      notifications.show({ color: 'red', message, autoClose: 8_000 })
      return false
    }
  }
}
