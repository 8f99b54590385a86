// The page's top line: what this is, the clock, and the few things that concern the whole page.
import { ActionIcon, Button, Menu, useComputedColorScheme, useMantineColorScheme } from '@mantine/core'
import { IconDeviceMobilePlus, IconLanguage, IconMoon, IconSun } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { changeLanguage, languages } from '../i18n'
import { Clock } from './Clock'
import { useSimulator } from './state/useSimulator'
import classes from './simulator.module.css'

export function Header({ onAdd }: { onAdd: () => void }) {
  const { t, i18n } = useTranslation('simulator')
  const { connection, loaded } = useSimulator().page
  const { setColorScheme } = useMantineColorScheme()
  const scheme = useComputedColorScheme('light')
  return (
    <header className={classes.header}>
      <h1 className={classes.title}>
        <span className={classes.dot} data-live={connection === 'live' || undefined} title={t(`page.connection_${connection}`)} />
        {t('page.title')}
      </h1>
      {loaded && <Clock />}
      <div className={classes.headerEnd}>
        {loaded && (
          <Button className={classes.addButton} leftSection={<IconDeviceMobilePlus size={18} />} onClick={onAdd} aria-label={t('add.title')}>
            <span>{t('add.title')}</span>
          </Button>
        )}
        <Menu position="bottom-end">
          <Menu.Target><ActionIcon aria-label={t('page.language')}><IconLanguage size={19} /></ActionIcon></Menu.Target>
          <Menu.Dropdown>
            {languages.map((language) => (
              <Menu.Item key={language.code} lang={language.code} fw={language.code === i18n.language ? 600 : 400} onClick={() => void changeLanguage(language.code)}>{language.name}</Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
        <ActionIcon aria-label={t(scheme === 'dark' ? 'page.light' : 'page.dark')} onClick={() => setColorScheme(scheme === 'dark' ? 'light' : 'dark')}>
          {scheme === 'dark' ? <IconSun size={19} /> : <IconMoon size={19} />}
        </ActionIcon>
      </div>
    </header>
  )
}
