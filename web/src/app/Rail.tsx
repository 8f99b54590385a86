// The rail: the rooms, and at its foot the balance, which is always true.
import { ActionIcon, Avatar, Menu, Tooltip, UnstyledButton, useComputedColorScheme, useMantineColorScheme } from '@mantine/core'
import { IconKeyboard, IconLanguage, IconLogout, IconMoon, IconSearch, IconSun } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useMe, useWallet } from '../api/queries'
import { languages } from '../i18n'
import { initials, moneyShort } from '../ui/format'
import { usePlace } from '../ui/usePlace'
import { palette } from './palette'
import { rooms } from './rooms'
import { signOut } from './session'
import { openShortcuts } from './Shortcuts'
import { speak } from './speak'
import classes from './Frame.module.css'

export function Rail() {
  const { t } = useTranslation()
  return (
    <nav className={classes.rail} aria-label={t('rail.label')}>
      <img src="/favicon.svg" alt="Hobnob" className={classes.mark} />
      <div className={classes.rooms}>
        {rooms.map((room) => (
          <Link key={room.name} to={room.to} className={classes.link} aria-label={t(`rooms.${room.name}`)}>
            <room.icon size={22} stroke={1.6} aria-hidden />
            <span>{t(`rooms.${room.name}`)}</span>
          </Link>
        ))}
      </div>
      <div className={classes.foot}>
        <Tooltip label={t('rail.search')} position="right">
          <ActionIcon aria-label={t('rail.search')} onClick={palette.open}>
            <IconSearch size={20} stroke={1.6} />
          </ActionIcon>
        </Tooltip>
        <ThemeToggle />
        <Balance />
        <AgentMenu />
      </div>
    </nav>
  )
}

function Balance() {
  const { t } = useTranslation()
  const { locale } = usePlace()
  const { data: wallet } = useWallet()
  const amount = wallet ? moneyShort(wallet.available_micros, wallet.currency, locale) : '–'
  const low = wallet && wallet.available_micros < wallet.low_balance_micros
  return (
    <Tooltip label={low ? t('rail.balanceLow') : t('rail.balanceHint')} position="right">
      <Link to="/billing" className={classes.balance} aria-label={t('rail.balance', { amount })} data-low={low || undefined}>
        <small>{t('rail.balanceWord')}</small> {amount}
      </Link>
    </Tooltip>
  )
}

function ThemeToggle() {
  const { t } = useTranslation()
  const { setColorScheme } = useMantineColorScheme()
  const dark = useComputedColorScheme('light') === 'dark'
  const label = dark ? t('rail.light') : t('rail.dark')
  return (
    <Tooltip label={label} position="right">
      <ActionIcon aria-label={label} onClick={() => setColorScheme(dark ? 'light' : 'dark')}>
        {dark ? <IconSun size={20} stroke={1.6} /> : <IconMoon size={20} stroke={1.6} />}
      </ActionIcon>
    </Tooltip>
  )
}

function AgentMenu() {
  const { t, i18n } = useTranslation()
  const me = useMe()
  return (
    <Menu position="right-end" width={230}>
      <Menu.Target>
        <UnstyledButton aria-label={t('rail.you', { name: `${me.agent.name}, ${initials(me.agent.name)}` })}>
          <Avatar radius="xl" size={34} color="teal" variant="filled">
            {initials(me.agent.name)}
          </Avatar>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {me.agent.name}
          <br />
          {me.account.name}
        </Menu.Label>
        <Menu.Divider />
        {languages.map((language) => (
          <Menu.Item
            key={language.code}
            lang={language.code}
            leftSection={<IconLanguage size={16} />}
            disabled={i18n.language === language.code}
            onClick={() => void speak(language.code)}
          >
            {language.name}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<IconKeyboard size={16} />} onClick={openShortcuts}>
          {t('shortcuts.title')}
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => void signOut()}>
          {t('rail.signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
