// The templates businesses have made, and the reviewer's two buttons.
import { Button, Group, Select, Text } from '@mantine/core'
import { IconCheck, IconX } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { control } from '../control/client'
import type { Template, TemplateComponent } from '../control/types'
import { FormattedText } from '../phone/FormattedText'
import { useSimulator } from '../state/useSimulator'
import { useAct } from '../useAct'
import classes from './panels.module.css'

const REASONS = ['INVALID_FORMAT', 'PROMOTIONAL', 'TAG_CONTENT_MISMATCH', 'INCORRECT_CATEGORY', 'ABUSIVE_CONTENT', 'SCAM']
const TONES: Record<string, string> = { APPROVED: 'good', REJECTED: 'bad', DISABLED: 'bad', PENDING: 'warn', PAUSED: 'warn' }

export function TemplatesPanel() {
  const { t } = useTranslation('simulator')
  const { templates } = useSimulator().page
  const order = (template: Template) => (template.status === 'PENDING' ? 0 : 1)
  const sorted = [...templates].sort((a, b) => order(a) - order(b) || a.name.localeCompare(b.name))
  return (
    <section className={classes.panel} aria-label={t('templates.title')}>
      {sorted.length === 0 ? (
        <p className={classes.empty}>{t('templates.empty')}</p>
      ) : (
        <ul className={classes.cards}>{sorted.map((template) => <TemplateCard key={template.id} template={template} />)}</ul>
      )}
    </section>
  )
}

function TemplateCard({ template }: { template: Template }) {
  const { t } = useTranslation('simulator')
  const part = (type: string): TemplateComponent | undefined => template.components.find((component) => component.type.toUpperCase() === type)
  const header = part('HEADER')
  return (
    <li className={classes.templateCard} aria-label={template.name}>
      <Group justify="space-between" gap="xs" wrap="nowrap">
        <Text size="sm" fw={600} className={classes.mono}>{template.name}</Text>
        <span className={classes.badge} data-tone={TONES[template.status]}>{t(`templates.status.${template.status}`, { defaultValue: template.status })}</span>
      </Group>
      <Text size="xs" c="dimmed">{t(`templates.category.${template.category}`, { defaultValue: template.category })} · {template.language}{template.rejected_reason && template.rejected_reason !== 'NONE' ? ` · ${template.rejected_reason}` : ''}</Text>
      <div className={classes.templateText}>
        {header && <strong dir="auto">{header.text ?? `[${header.format ?? ''}]`}</strong>}
        <FormattedText text={part('BODY')?.text ?? ''} />
        {part('FOOTER')?.text && <small dir="auto">{part('FOOTER')?.text}</small>}
        {(part('BUTTONS')?.buttons ?? []).map((button, index) => <span key={index} className={classes.templateButton}>{button.text ?? button.type}</span>)}
      </div>
      <Decide template={template} />
    </li>
  )
}

function Decide({ template }: { template: Template }) {
  const { t } = useTranslation('simulator')
  const act = useAct()
  const [reason, setReason] = useState(REASONS[0] ?? '')
  const [rejecting, setRejecting] = useState(false)
  const reject = async () => {
    if (await act(control.decideTemplate(template.id, 'REJECTED', reason))) setRejecting(false)
  }
  if (rejecting) {
    return (
      <Group gap="xs" wrap="nowrap">
        <Select className={classes.grow} size="xs" aria-label={t('templates.reason')} data={REASONS} value={reason} allowDeselect={false} onChange={(value) => value && setReason(value)} />
        <Button size="compact-sm" color="red" onClick={() => void reject()}>{t('templates.reject')}</Button>
        <Button size="compact-sm" variant="default" onClick={() => setRejecting(false)}>{t('cancel')}</Button>
      </Group>
    )
  }
  return (
    <Group gap="xs">
      {template.status !== 'APPROVED' && (
        <Button size="compact-sm" variant="light" leftSection={<IconCheck size={14} />} aria-label={t('templates.approve_name', { name: template.name })} onClick={() => void act(control.decideTemplate(template.id, 'APPROVED'))}>{t('templates.approve')}</Button>
      )}
      {template.status !== 'REJECTED' && (
        <Button size="compact-sm" variant="default" leftSection={<IconX size={14} />} aria-label={t('templates.reject_name', { name: template.name })} onClick={() => setRejecting(true)}>{t('templates.reject')}</Button>
      )}
    </Group>
  )
}
