// One phone: status bar, the screen that is open, notifications from above, and three tabs below.
import { IconMessage, IconMessageCircle, IconPlane, IconSettings, IconWifi } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Phone } from '../control/types'
import { useSimulator } from '../state/useSimulator'
import { useNow } from '../useNow'
import { clockTime } from '../when'
import { ChatsScreen } from './ChatsScreen'
import { CodeBanner } from './CodeBanner'
import { SettingsScreen } from './SettingsScreen'
import { SmsScreen } from './SmsScreen'
import { ThreadScreen } from './ThreadScreen'
import classes from './phone.module.css'

export type Screen = 'chats' | 'sms' | 'settings'

export function PhoneFrame({ phone }: { phone: Phone }) {
  const { t } = useTranslation('simulator')
  const { page } = useSimulator()
  const chats = page.chats[phone.phone] ?? []
  const received = phone.sms.length + phone.calls.length
  const [screen, setScreen] = useState<Screen>(phone.whatsapp_app ? 'chats' : 'sms')
  const [openChat, setOpenChat] = useState<string | null>(null)
  const [seen, setSeen] = useState(received)

  const inThread = screen === 'chats' && openChat !== null && phone.whatsapp_app
  const unseen = screen === 'sms' ? 0 : received - seen
  const show = (next: Screen) => {
    setScreen(next)
    setSeen(received)
  }

  return (
    <section className={classes.phone} aria-label={t('phone.label', { name: phone.name, phone: phone.phone })}>
      <header className={classes.owner}>
        <span className={classes.ownerName} dir="auto">{phone.name}</span>
        <span className={classes.ownerNumber}>{phone.phone}</span>
      </header>
      <div className={classes.body} data-offline={!phone.online || undefined}>
        <StatusBar phone={phone} />
        {unseen > 0 && <CodeBanner phone={phone} onOpen={() => show('sms')} onDismiss={() => setSeen(received)} />}
        <div className={classes.screen}>
          {screen === 'sms' && <SmsScreen phone={phone} />}
          {screen === 'settings' && <SettingsScreen phone={phone} />}
          {screen === 'chats' && !inThread && <ChatsScreen phone={phone} chats={chats} onOpen={setOpenChat} />}
          {inThread && (
            <ThreadScreen key={openChat} phone={phone} numberId={openChat} chat={chats.find((chat) => chat.phone_number_id === openChat)} onBack={() => setOpenChat(null)} />
          )}
        </div>
        {!inThread && (
          <nav className={classes.tabs} aria-label={t('phone.tabs', { name: phone.name })}>
            <Tab icon={<IconMessageCircle size={22} />} label={t('phone.chats')} active={screen === 'chats'} badge={chats.reduce((sum, chat) => sum + chat.unread, 0)} onClick={() => show('chats')} />
            <Tab icon={<IconMessage size={22} />} label={t('phone.sms')} active={screen === 'sms'} badge={unseen} onClick={() => show('sms')} />
            <Tab icon={<IconSettings size={22} />} label={t('phone.settings')} active={screen === 'settings'} badge={0} onClick={() => show('settings')} />
          </nav>
        )}
      </div>
    </section>
  )
}

function StatusBar({ phone }: { phone: Phone }) {
  const { t, i18n } = useTranslation('simulator')
  const now = useNow()
  return (
    <div className={classes.status}>
      <span>{clockTime(now, i18n.language)}</span>
      <span className={classes.statusRight}>
        {phone.online ? <IconWifi size={14} aria-label={t('phone.online')} /> : <><IconPlane size={14} aria-hidden /> {t('phone.offline')}</>}
      </span>
    </div>
  )
}

interface TabProps {
  icon: React.ReactNode
  label: string
  active: boolean
  badge: number
  onClick: () => void
}

function Tab({ icon, label, active, badge, onClick }: TabProps) {
  return (
    <button type="button" className={classes.tab} aria-current={active ? 'page' : undefined} onClick={onClick}>
      <span className={classes.tabIcon}>
        {icon}
        {badge > 0 && <span className={classes.tabBadge}>{badge}</span>}
      </span>
      {label}
    </button>
  )
}
