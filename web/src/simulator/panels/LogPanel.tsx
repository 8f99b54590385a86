// Every call to the platform and every webhook it sent, newest first; each opens to its bodies.
import { ActionIcon, CopyButton, SegmentedControl, TextInput, Tooltip } from '@mantine/core'
import { IconArrowDownLeft, IconArrowUpRight, IconCheck, IconChevronRight, IconCopy, IconPlayerPause, IconPlayerPlay, IconSearch } from '@tabler/icons-react'
import { memo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { LogEntry } from '../control/types'
import { useSimulator } from '../state/useSimulator'
import { clockTime, fullTime } from '../when'
import { isFailed, matches, summarize, type LogFilter } from './summary'
import classes from './panels.module.css'

const FILTERS: LogFilter[] = ['all', 'call', 'webhook', 'failed']

export function LogPanel() {
  const { t } = useTranslation('simulator')
  const { log } = useSimulator().page
  const [filter, setFilter] = useState<LogFilter>('all')
  const [search, setSearch] = useState('')
  const [frozen, setFrozen] = useState<LogEntry[] | null>(null)
  const shown = (frozen ?? log).filter((entry) => matches(entry, filter, search))
  const waiting = frozen ? (log[0]?.seq ?? 0) - (frozen[0]?.seq ?? 0) : 0

  return (
    <section className={classes.panel} aria-label={t('log.title')}>
      <div className={classes.tools}>
        <SegmentedControl fullWidth size="xs" value={filter} onChange={(value) => setFilter(value)} aria-label={t('log.filter')} data={FILTERS.map((value) => ({ value, label: t(`log.${value}`) }))} />
        <div className={classes.toolLine}>
          <TextInput className={classes.grow} size="xs" aria-label={t('log.search')} placeholder={t('log.search')} leftSection={<IconSearch size={14} />} value={search} onChange={(event) => setSearch(event.currentTarget.value)} />
          <Tooltip label={frozen ? t('log.resume', { count: waiting }) : t('log.pause')}>
            <ActionIcon size={30} variant={frozen ? 'filled' : 'default'} color="teal" aria-pressed={frozen !== null} aria-label={t('log.pause')} onClick={() => setFrozen(frozen ? null : log)}>
              {frozen ? <IconPlayerPlay size={15} /> : <IconPlayerPause size={15} />}
            </ActionIcon>
          </Tooltip>
        </div>
      </div>
      {shown.length === 0 ? (
        <p className={classes.empty}>{log.length === 0 ? t('log.empty') : t('log.no_match')}</p>
      ) : (
        <ol className={classes.log}>
          {shown.map((entry) => <Entry key={entry.seq} entry={entry} />)}
        </ol>
      )}
    </section>
  )
}

// Entries never change, and a busy minute would draw five hundred of them twenty times a second.
const Entry = memo(function Entry({ entry }: { entry: LogEntry }) {
  const { t, i18n } = useTranslation('simulator')
  const [open, setOpen] = useState(false)
  const failed = isFailed(entry)
  return (
    <li className={classes.entry} data-open={open || undefined}>
      <button type="button" className={classes.entryHead} aria-expanded={open} onClick={() => setOpen(!open)}>
        <IconChevronRight size={14} className={classes.chevron} aria-hidden />
        {entry.kind === 'call' ? <IconArrowDownLeft size={15} className={classes.callIcon} aria-label={t('log.kind_call')} /> : <IconArrowUpRight size={15} className={classes.hookIcon} aria-label={t('log.kind_webhook')} />}
        <span className={classes.entryText}>
          <span className={classes.entryPath}>{entry.kind === 'call' ? `${entry.method} ${entry.path}` : t('log.webhook_line')}</span>
          <span className={classes.entrySummary}>{summarize(entry)}</span>
        </span>
        <span className={classes.entrySide}>
          <span className={classes.code} data-failed={failed || undefined}>{entry.status ?? t('log.unreachable')}</span>
          <time dateTime={entry.at} title={fullTime(entry.at, i18n.language)}>{clockTime(entry.at, i18n.language, true)}</time>
        </span>
      </button>
      {open && <Bodies entry={entry} />}
    </li>
  )
})

function Bodies({ entry }: { entry: LogEntry }) {
  const { t } = useTranslation('simulator')
  return (
    <div className={classes.bodies}>
      <p className={classes.facts}>
        <span>{entry.method} {entry.path}</span>
        <span>{t('log.took', { ms: Math.round(entry.ms) })}</span>
        {entry.attempt !== undefined && entry.attempt > 1 && <span>{t('log.attempt', { count: entry.attempt })}</span>}
        {entry.fault && <span>{t('log.fault', { fault: entry.fault })}</span>}
      </p>
      <Body title={t('log.request')} value={entry.request} />
      <Body title={t('log.response')} value={entry.response} />
    </div>
  )
}

function Body({ title, value }: { title: string; value: unknown }) {
  const { t } = useTranslation('simulator')
  if (value === null || value === undefined || value === '') return null
  const shown = typeof value === 'string' ? value : JSON.stringify(value, null, 2)
  return (
    <div className={classes.jsonBox}>
      <div className={classes.jsonHead}>
        <span>{title}</span>
        <CopyButton value={shown}>
          {({ copied, copy }) => (
            <ActionIcon size={24} aria-label={t('log.copy', { title })} onClick={copy}>{copied ? <IconCheck size={13} /> : <IconCopy size={13} />}</ActionIcon>
          )}
        </CopyButton>
      </div>
      <pre className={classes.json} tabIndex={0}>{shown}</pre>
    </div>
  )
}
