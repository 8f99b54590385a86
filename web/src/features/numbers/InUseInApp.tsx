// WhatsApp refused the number because a WhatsApp app still holds it: what that means and how to free it.
import { Alert, Button, List, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'

export function InUseInApp({ onRetry, busy }: { onRetry: () => void; busy: boolean }) {
  const { t } = useTranslation('numbers')
  return (
    <Alert color="orange" role="alert" icon={<IconAlertTriangle size={20} />} title={t('inUse.title')}>
      <Text size="sm">{t('inUse.text')}</Text>
      <List type="ordered" size="sm" my="xs" spacing={4}>
        <List.Item>{t('inUse.step1')}</List.Item>
        <List.Item>{t('inUse.step2')}</List.Item>
        <List.Item>{t('inUse.step3')}</List.Item>
      </List>
      <Button size="compact-md" variant="default" onClick={onRetry} loading={busy}>
        {t('inUse.retry')}
      </Button>
    </Alert>
  )
}
