// The place of the thread while no chat is open: the keys that open one.
import { Kbd, Stack, Text } from '@mantine/core'
import { IconMessages } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import classes from './Inbox.module.css'

export function NoChat({ empty }: { empty: boolean }) {
  const { t } = useTranslation('inbox')
  return (
    <div className={classes.none}>
      <Stack align="center" gap="xs">
        <IconMessages size={40} stroke={1.2} aria-hidden />
        {!empty && (
          <>
            <Text fw={600}>{t('none.title')}</Text>
            <Text size="sm" c="dimmed">
              <Kbd>j</Kbd> <Kbd>k</Kbd> {t('none.move')} · <Kbd>/</Kbd> {t('none.search')} · <Kbd>?</Kbd> {t('none.help')}
            </Text>
          </>
        )}
      </Stack>
    </div>
  )
}
