// What is connected: the business's app and its callback, its numbers, and the way back to nothing.
import { Button, Group, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useConfirm } from '../Confirm'
import { control } from '../control/client'
import { useSimulator } from '../state/useSimulator'
import { useAct } from '../useAct'
import { withPlus } from '../when'
import classes from './panels.module.css'

export function PlatformPanel() {
  const { t } = useTranslation('simulator')
  const { page, reload } = useSimulator()
  const act = useAct()
  const confirm = useConfirm()
  const reset = () =>
    confirm({
      title: t('platform.reset'),
      text: t('platform.reset_sure'),
      label: t('platform.reset'),
      run: async () => {
        if (await act(control.reset())) await reload()
      },
    })
  return (
    <section className={classes.panel} aria-label={t('platform.title')}>
      <Stack gap="lg" className={classes.scrollPad}>
        <div>
          <h2 className={classes.group}>{t('platform.numbers')}</h2>
          {page.numbers.length === 0 && <Text size="sm" c="dimmed">{t('platform.no_numbers')}</Text>}
          {page.numbers.map((number) => (
            <div key={number.id} className={classes.fact}>
              <Group justify="space-between" wrap="nowrap" gap="xs">
                <Text size="sm" fw={500} dir="auto">{number.verified_name}</Text>
                <span className={classes.badge} data-tone={number.status === 'CONNECTED' ? 'good' : undefined}>{t(number.status === 'CONNECTED' ? 'platform.connected' : 'platform.not_connected')}</span>
              </Group>
              <Text size="xs" c="dimmed">{withPlus(number.display_phone_number)} · {number.id}</Text>
            </div>
          ))}
        </div>
        <div>
          <h2 className={classes.group}>{t('platform.apps')}</h2>
          {page.apps.length === 0 && <Text size="sm" c="dimmed">{t('platform.no_apps')}</Text>}
          {page.apps.map((app) => (
            <div key={app.app_id} className={classes.fact}>
              <Text size="sm" className={classes.mono}>{app.callback_url ?? t('platform.no_callback')}</Text>
              {app.handshake && <Text size="xs" c={app.handshake === 'ok' ? 'dimmed' : 'red'}>{t(`platform.handshake_${app.handshake}`)}</Text>}
            </div>
          ))}
        </div>
        <div>
          <Button variant="default" color="red" onClick={reset}>{t('platform.reset')}</Button>
          <Text size="xs" c="dimmed" mt={6}>{t('platform.reset_help')}</Text>
        </div>
      </Stack>
    </section>
  )
}
