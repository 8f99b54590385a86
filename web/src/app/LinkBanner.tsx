// Says when the page no longer hears the server, after a moment's patience, and that nothing is lost.
import { Button } from '@mantine/core'
import { IconCloudOff } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLink, useRealtime } from './realtimeContext'
import classes from './Frame.module.css'

const PATIENCE_MS = 1500

export function LinkBanner() {
  const { t } = useTranslation()
  const realtime = useRealtime()
  const lost = useLink() === 'lost'
  const [shown, setShown] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setShown(lost), lost ? PATIENCE_MS : 0)
    return () => clearTimeout(timer)
  }, [lost])
  return (
    <div role="status" aria-live="polite">
      {shown && lost && (
        <div className={classes.banner}>
          <IconCloudOff size={18} aria-hidden />
          {navigator.onLine ? t('link.lost') : t('link.offline')}
          <Button size="compact-sm" variant="default" onClick={realtime.reconnect}>
            {t('link.retry')}
          </Button>
        </div>
      )}
    </div>
  )
}
