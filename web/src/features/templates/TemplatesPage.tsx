// The templates as Meta has them: what each says, whether it may be sent, and why not.
import { Alert, Button, SegmentedControl, Skeleton, Text, TextInput, UnstyledButton } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { notifications } from '@mantine/notifications'
import { IconRefresh, IconSearch } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import * as calls from '../../api/calls'
import { useNumbers, useTemplates } from '../../api/queries'
import type { Template } from '../../api/types'
import { factTime } from '../../ui/format'
import { ButtonLink } from '../../ui/links'
import { Empty, Page } from '../../ui/Page'
import { sentence } from '../../ui/sentence'
import { StatusBadge, type Tone } from '../../ui/StatusBadge'
import { usePlace } from '../../ui/usePlace'
import { emptyValues } from '../inbox/composer/rules'
import { TemplatePreview } from '../inbox/composer/TemplatePreview'
import classes from './Templates.module.css'

const tones: Record<string, Tone> = { approved: 'good', pending: 'warn', in_appeal: 'warn', rejected: 'bad', paused: 'bad', disabled: 'bad' }
const filters = ['all', 'approved', 'pending', 'refused'] as const
type Filter = (typeof filters)[number]

function passes(template: Template, filter: Filter): boolean {
  const status = template.status.toLowerCase()
  if (filter === 'all') return true
  if (filter === 'refused') return ['rejected', 'paused', 'disabled'].includes(status)
  return status === filter
}

export function TemplatesPage() {
  const { t } = useTranslation('templates')
  const client = useQueryClient()
  const { data: templates, error } = useTemplates(null)
  const { data: numbers } = useNumbers()
  const sync = useMutation({
    mutationFn: calls.syncTemplates,
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['templates'] })
      notifications.show({ color: 'teal', message: t('synced') })
    },
    onError: (failure) => notifications.show({ color: 'red', message: sentence(failure, t('unreachable')) }),
  })
  const connected = numbers?.some((number) => number.status === 'connected') ?? true
  const syncButton = (
    <Button variant="default" leftSection={<IconRefresh size={18} />} loading={sync.isPending} onClick={() => sync.mutate()}>
      {t('sync')}
    </Button>
  )
  return (
    <Page title={t('title')} text={t('text')} actions={connected && syncButton}>
      {error && !templates && <Alert color="red">{sentence(error, t('unreachable'))}</Alert>}
      {!templates && !error && <Skeleton height={320} radius="md" />}
      {templates?.length === 0 && (
        <Empty title={t('empty.title')} text={connected ? t('empty.text') : t('empty.noNumber')} action={connected ? syncButton : <ButtonLink to="/numbers/new">{t('empty.bring')}</ButtonLink>} />
      )}
      {templates && templates.length > 0 && <Browser templates={templates} />}
    </Page>
  )
}

function Browser({ templates }: { templates: Template[] }) {
  const { t } = useTranslation('templates')
  const [filter, setFilter] = useState<Filter>('all')
  const [query, setQuery] = useState('')
  const [chosen, setChosen] = useState<string | null>(null)
  const found = templates.filter((template) => passes(template, filter) && `${template.name} ${template.body}`.toLowerCase().includes(query.trim().toLowerCase()))
  const stacked = useMediaQuery('(max-width: 899px)', false, { getInitialValueInEffect: false })
  // In one column a template opens under its own line, and closes there again.
  const shown = found.find((template) => template.id === chosen) ?? (stacked ? undefined : found[0])
  return (
    <>
      <div className={classes.tools}>
        <TextInput leftSection={<IconSearch size={16} />} placeholder={t('search')} aria-label={t('search')} value={query} onChange={(event) => setQuery(event.currentTarget.value)} />
        <SegmentedControl aria-label={t('filter.label')} value={filter} onChange={(value) => setFilter(value)} data={filters.map((value) => ({ value, label: t(`filter.${value}`) }))} />
      </div>
      <div className={classes.columns}>
        <ul className={classes.list} aria-label={t('title')}>
          {found.map((template) => (
            <li key={template.id}>
              <UnstyledButton className={classes.row} {...(stacked ? { 'aria-expanded': template.id === shown?.id } : { 'aria-pressed': template.id === shown?.id })} onClick={() => setChosen(stacked && template.id === shown?.id ? null : template.id)}>
                <span className={classes.names}>
                  <strong>{template.name}</strong>
                  <span>{template.body}</span>
                </span>
                <Status template={template} />
              </UnstyledButton>
              {stacked && template.id === shown?.id && <Detail template={template} />}
            </li>
          ))}
          {found.length === 0 && <Text c="dimmed">{t('nothing')}</Text>}
        </ul>
        {shown && !stacked && <Detail key={shown.id} template={shown} />}
      </div>
    </>
  )
}

function Status({ template }: { template: Template }) {
  const { t } = useTranslation('templates')
  const status = template.status.toLowerCase()
  return <StatusBadge tone={tones[status] ?? 'plain'}>{t(`status.${status}`, { defaultValue: template.status })}</StatusBadge>
}

function Detail({ template }: { template: Template }) {
  const { t } = useTranslation('templates')
  const place = usePlace()
  const examples = {
    header: template.parameters.header.map((each) => each.example ?? ''),
    body: template.parameters.body.map((each) => each.example ?? ''),
    buttons: emptyValues(template).buttons,
  }
  const facts: [string, string][] = [
    [t('facts.language'), new Intl.DisplayNames([place.locale], { type: 'language' }).of(template.language.replace('_', '-')) ?? template.language],
    [t('facts.category'), t(`category.${template.category.toLowerCase()}`, { defaultValue: template.category })],
    [t('facts.quality'), t(`quality.${(template.quality ?? 'unknown').toLowerCase()}`, { defaultValue: template.quality ?? '' })],
    [t('facts.synced'), factTime(template.synced_at, place)],
  ]
  return (
    <section className={classes.detail} aria-label={template.name}>
      <div className={classes.stage} role="group" aria-label={t('preview')}>
        <TemplatePreview template={template} values={examples} media={null} />
      </div>
      {template.rejected_reason && template.rejected_reason !== 'NONE' && (
        <Alert color="red" title={t('rejected')}>
          {t(`reason.${template.rejected_reason}`, { defaultValue: template.rejected_reason })}
        </Alert>
      )}
      <dl className={classes.facts}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
