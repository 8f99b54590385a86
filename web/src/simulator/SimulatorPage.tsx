// Phones on the left, the platform's own panels on the right; on a narrow screen one of them at a time.
import { Alert, Box, Button, Skeleton } from '@mantine/core'
import { useDocumentTitle, useMediaQuery } from '@mantine/hooks'
import { IconApi, IconBolt, IconDeviceMobile, IconMessage2Code, IconPlugConnectedX, IconTemplate } from '@tabler/icons-react'
import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { AddPhone } from './AddPhone'
import { Header } from './Header'
import { countFaults } from './panels/faults'
import { FaultsPanel } from './panels/FaultsPanel'
import { LogPanel } from './panels/LogPanel'
import { PlatformPanel } from './panels/PlatformPanel'
import { TemplatesPanel } from './panels/TemplatesPanel'
import { phoneOfLatest } from './phone/inbox'
import { Phones } from './Phones'
import { SimulatorProvider, useSimulator, useSimulatorState, type Simulator } from './state/useSimulator'
import classes from './simulator.module.css'

type Panel = 'log' | 'faults' | 'templates' | 'platform'
type View = Panel | 'phones'

const PANELS: Record<Panel, { icon: ReactNode; show: () => ReactNode }> = {
  log: { icon: <IconMessage2Code size={18} />, show: () => <LogPanel /> },
  faults: { icon: <IconBolt size={18} />, show: () => <FaultsPanel /> },
  templates: { icon: <IconTemplate size={18} />, show: () => <TemplatesPanel /> },
  platform: { icon: <IconApi size={18} />, show: () => <PlatformPanel /> },
}
const RECENT_CODE_MS = 10 * 60_000
const PANEL_NAMES = Object.keys(PANELS) as Panel[]

export function SimulatorPage() {
  const { t } = useTranslation('simulator')
  useDocumentTitle(t('page.title'))
  const simulator = useSimulatorState()
  const [adding, setAdding] = useState(false)
  const [chosen, setChosen] = useState<string | null>(null)
  useCodeArrival(simulator, setChosen)
  return (
    <SimulatorProvider value={simulator}>
      <div className={classes.page}>
        <Header onAdd={() => setAdding(true)} />
        <Reconnecting />
        {simulator.page.loaded ? <Body chosen={chosen} onChoose={setChosen} onAdd={() => setAdding(true)} /> : <NotLoaded />}
      </div>
      <AddPhone opened={adding} onClose={() => setAdding(false)} onAdded={setChosen} />
    </SimulatorProvider>
  )
}

/** Whoever waits for a code should not have to look for its phone: one that just came brings its phone into view. */
function useCodeArrival({ page }: Simulator, onArrival: (phone: string) => void): void {
  const { loaded, clockOffsetMs, numbers } = page
  // A number that is connected already had its code: only the others have somebody waiting.
  const phones = useMemo(() => {
    const connected = new Set(numbers.filter((number) => number.status === 'CONNECTED').map((number) => number.phone))
    return page.phones.filter((phone) => !connected.has(phone.phone))
  }, [numbers, page.phones])
  const seenMs = useRef<number | null>(null)
  useEffect(() => {
    if (!loaded) return
    const since = seenMs.current ?? Date.now() + clockOffsetMs - RECENT_CODE_MS
    const latest = phoneOfLatest(phones, since)
    seenMs.current = latest?.atMs ?? since
    if (latest) onArrival(latest.phone)
  }, [loaded, phones, clockOffsetMs, onArrival])
}

interface BodyProps {
  chosen: string | null
  onChoose: (phone: string) => void
  onAdd: () => void
}

function Body({ chosen, onChoose, onAdd }: BodyProps) {
  const wide = useMediaQuery('(min-width: 1000px)', true, { getInitialValueInEffect: false })
  const [view, setView] = useState<View>('phones')
  const panel: Panel = view === 'phones' ? 'log' : view
  return (
    <>
      {(wide || view === 'phones') && (
        <main className={classes.phones}>
          <Phones chosen={chosen} onChoose={onChoose} onAdd={onAdd} single={!wide} />
        </main>
      )}
      {(wide || view !== 'phones') && (
        <Box component={wide ? 'aside' : 'main'} className={classes.side}>
          {wide && <Tabs names={PANEL_NAMES} view={panel} onChange={setView} />}
          {PANELS[panel].show()}
        </Box>
      )}
      {!wide && (
        <footer className={classes.bottom}>
          <Tabs names={['phones', ...PANEL_NAMES]} view={view} onChange={setView} />
        </footer>
      )}
    </>
  )
}

function Tabs({ names, view, onChange }: { names: View[]; view: View; onChange: (view: View) => void }) {
  const { t } = useTranslation('simulator')
  const { faults, templates } = useSimulator().page
  const counts: Partial<Record<View, number>> = {
    faults: countFaults(faults),
    templates: templates.filter((template) => template.status === 'PENDING').length,
  }
  return (
    <nav className={classes.tabs} aria-label={t('page.panels')}>
      {names.map((name) => (
        <button key={name} type="button" className={classes.tab} aria-current={name === view ? 'page' : undefined} onClick={() => onChange(name)}>
          {name === 'phones' ? <IconDeviceMobile size={18} /> : PANELS[name].icon}
          <span>{t(`page.${name}`)}</span>
          {(counts[name] ?? 0) > 0 && <span className={classes.count}>{counts[name]}</span>}
        </button>
      ))}
    </nav>
  )
}

function Reconnecting() {
  const { t } = useTranslation('simulator')
  const { page } = useSimulator()
  if (page.connection !== 'reconnecting' || !page.loaded) return null
  return (
    <div className={classes.reconnecting} role="status">
      <IconPlugConnectedX size={16} aria-hidden /> {t('page.reconnecting')}
    </div>
  )
}

function NotLoaded() {
  const { t } = useTranslation('simulator')
  const { page, reload } = useSimulator()
  if (page.loadFailed) {
    return (
      <main className={classes.phones}>
        <Alert color="red" title={t('page.failed')} className={classes.failed} role="alert">
          <p>{t('page.failed_help')}</p>
          <Button size="compact-sm" variant="default" onClick={() => void reload()}>{t('page.retry')}</Button>
        </Alert>
      </main>
    )
  }
  return (
    <main className={classes.phones} aria-busy="true" aria-label={t('page.loading')}>
      <div className={classes.row}>
        {[0, 1, 2].map((index) => <Skeleton key={index} className={classes.phoneSkeleton} radius={36} />)}
      </div>
    </main>
  )
}
