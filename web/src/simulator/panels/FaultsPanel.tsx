// The platform's bad days, each said in plain words. A change is sent when the hand has rested on it.
import { Button, Group, NumberInput, RangeSlider, SegmentedControl, Slider, Stack, Switch, Text } from '@mantine/core'
import { useEffect, useRef, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { control } from '../control/client'
import type { Faults } from '../control/types'
import { useSimulator } from '../state/useSimulator'
import { useAct } from '../useAct'
import { BAD_DAY, NO_FAULTS } from './faults'
import classes from './panels.module.css'

const REST_MS = 350
const DELAY_LONGEST_S = 30
const SLOW_LONGEST_MS = 5_000
const BATCH_MAX = 1_000
const RATE_DEFAULT_PER_SECOND = 5

/** The hand moves the copy; the simulator's own word replaces it when nothing is waiting to be sent. */
function useFaults(): [Faults, (change: Partial<Faults>) => void] {
  const act = useAct()
  const said = useSimulator().page.faults
  const [pending, setPending] = useState<Faults | null>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  const faults = pending ?? said
  const change = (part: Partial<Faults>) => {
    const next = { ...faults, ...part }
    setPending(next)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => void act(control.setFaults(next)).then(() => setPending((now) => (now === next ? null : now))), REST_MS)
  }
  return [faults, change]
}

export function FaultsPanel() {
  const { t } = useTranslation('simulator')
  const [faults, change] = useFaults()
  const share = (name: 'duplicate' | 'drop_then_retry' | 'http_5xx' | 'lost_answers' | 'undeliverable') => (
    <Fault key={name} title={t(`faults.${name}`)} help={t(`faults.${name}_help`)} value={t('faults.of_100', { count: Math.round(faults[name] * 100) })}>
      <Slider value={faults[name] * 100} step={5} label={(value) => `${value} %`} thumbLabel={t(`faults.${name}`)} onChange={(value) => change({ [name]: value / 100 })} />
    </Fault>
  )
  const delay = faults.webhook_delay_ms.map((ms) => ms / 1_000) as [number, number]
  return (
    <section className={classes.panel} aria-label={t('faults.title')}>
      <Stack gap="lg" className={classes.scrollPad}>
        <Text size="sm" c="dimmed">{t('faults.intro')}</Text>
        <Group gap="xs">
          <Button size="compact-sm" variant="default" onClick={() => change(NO_FAULTS)}>{t('faults.calm')}</Button>
          <Button size="compact-sm" variant="default" onClick={() => change(BAD_DAY)}>{t('faults.bad_day')}</Button>
        </Group>
        <h2 className={classes.group}>{t('faults.webhooks')}</h2>
        <Fault title={t('faults.delay')} help={t('faults.delay_help')} value={delay[1] === 0 ? t('faults.none') : t('faults.seconds', { from: delay[0], to: delay[1] })}>
          <RangeSlider value={delay} min={0} max={DELAY_LONGEST_S} step={0.5} minRange={0} label={(value) => `${value} s`} thumbFromLabel={t('faults.delay_from')} thumbToLabel={t('faults.delay_to')} onChange={([from, to]) => change({ webhook_delay_ms: [from * 1_000, to * 1_000] })} />
        </Fault>
        {share('duplicate')}
        {share('drop_then_retry')}
        <Switch checked={faults.reorder} label={t('faults.reorder')} description={t('faults.reorder_help')} onChange={(event) => change({ reorder: event.currentTarget.checked })} />
        <NumberInput label={t('faults.batch_max')} description={t('faults.batch_max_help')} value={faults.batch_max} min={1} max={BATCH_MAX} allowDecimal={false} clampBehavior="strict" onChange={(value) => typeof value === 'number' && value >= 1 && change({ batch_max: value })} />
        <h2 className={classes.group}>{t('faults.calls')}</h2>
        {share('http_5xx')}
        {share('lost_answers')}
        <Fault title={t('faults.slow_ms')} help={t('faults.slow_ms_help')} value={faults.slow_ms === 0 ? t('faults.none') : `${faults.slow_ms} ms`}>
          <Slider value={faults.slow_ms} max={SLOW_LONGEST_MS} step={100} label={(value) => `${value} ms`} thumbLabel={t('faults.slow_ms')} onChange={(value) => change({ slow_ms: value })} />
        </Fault>
        <Switch checked={faults.rate_limit_per_second !== null} label={t('faults.rate_limit')} description={t('faults.rate_limit_help')} onChange={(event) => change({ rate_limit_per_second: event.currentTarget.checked ? RATE_DEFAULT_PER_SECOND : null })} />
        {faults.rate_limit_per_second !== null && (
          <NumberInput label={t('faults.rate_limit_count')} value={faults.rate_limit_per_second} min={1} max={1_000} allowDecimal={false} clampBehavior="strict" onChange={(value) => typeof value === 'number' && value >= 1 && change({ rate_limit_per_second: value })} />
        )}
        <Switch checked={faults.pair_limit} label={t('faults.pair_limit')} description={t('faults.pair_limit_help')} onChange={(event) => change({ pair_limit: event.currentTarget.checked })} />
        {share('undeliverable')}
        <div>
          <Text size="sm" fw={500} id="fault-131047">{t('faults.mode_131047')}</Text>
          <Text size="xs" c="dimmed" mb={6}>{t('faults.mode_131047_help')}</Text>
          <SegmentedControl size="xs" aria-labelledby="fault-131047" value={faults.mode_131047} onChange={(value) => change({ mode_131047: value })} data={[{ value: 'async', label: t('faults.async') }, { value: 'sync', label: t('faults.sync') }]} />
        </div>
        <h2 className={classes.group}>{t('page.templates')}</h2>
        <Switch checked={faults.template_review_s === null} label={t('faults.review')} description={t('faults.review_help')} onChange={(event) => change({ template_review_s: event.currentTarget.checked ? null : NO_FAULTS.template_review_s })} />
      </Stack>
    </section>
  )
}

function Fault({ title, help, value, children }: { title: string; help: string; value: string; children: ReactNode }) {
  return (
    <div>
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <Text size="sm" fw={500}>{title}</Text>
        <Text size="xs" c="dimmed" className={classes.faultValue}>{value}</Text>
      </Group>
      <Text size="xs" c="dimmed" mb={8}>{help}</Text>
      {children}
    </div>
  )
}
