// The frame every signed-in page stands in: the rail, the room beside it, the live connection, the keyboard.
import { Outlet } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { queryClient } from '../api/queryClient'
import { useMe } from '../api/queries'
import { Realtime } from '../api/realtime'
import { adoptLanguage } from '../i18n'
import { serverSaysNow } from '../ui/clock'
import { LinkBanner } from './LinkBanner'
import { Palette } from './Palette'
import { Rail } from './Rail'
import { RealtimeContext } from './realtimeContext'
import { leave } from './session'
import { Shortcuts } from './Shortcuts'
import classes from './Frame.module.css'

export function Frame() {
  const me = useMe()
  const [realtime] = useState(() => new Realtime(queryClient, leave, serverSaysNow))
  useEffect(() => serverSaysNow(me.account.now), [me.account.now])
  useEffect(() => void adoptLanguage(me.agent.locale), [me.agent.locale])
  useEffect(() => {
    realtime.start()
    return realtime.stop
  }, [realtime])
  return (
    <RealtimeContext value={realtime}>
      <div className={classes.frame}>
        <Rail />
        <div className={classes.room}>
          <LinkBanner />
          <Outlet />
        </div>
      </div>
      <Palette />
      <Shortcuts />
    </RealtimeContext>
  )
}
