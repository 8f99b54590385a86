// A part of the page that could not be loaded: says so, and tries again when asked.
import { Alert, Button } from '@mantine/core'
import { useTranslation } from 'react-i18next'

export function Failed({ text, onRetry }: { text: string; onRetry: () => void }) {
  const { t } = useTranslation('billing')
  return (
    <Alert color="red" role="alert" title={text}>
      <Button size="compact-sm" variant="default" onClick={onRetry}>
        {t('retry')}
      </Button>
    </Alert>
  )
}
