// The rows of an interactive message under construction: reply buttons, or a list's sections and rows.
import { ActionIcon, Button, Fieldset, Group, Stack, TextInput } from '@mantine/core'
import { IconPlus, IconTrash } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { ListSection, ReplyButton } from '../../../api/types'
import { BUTTON_LETTERS_MAX, BUTTONS_MAX, newButton, newRow, ROW_LETTERS_MAX, ROW_NOTE_LETTERS_MAX, ROWS_MAX } from './rules'

const replaced = <T,>(list: T[], index: number, item: T): T[] => list.map((old, each) => (each === index ? item : old))
const without = <T,>(list: T[], index: number): T[] => list.filter((_, each) => each !== index)
/** A number no other id of the list ends with. */
const following = (ids: string[]): number => Math.max(0, ...ids.map((id) => Number(id.split('-').at(-1)))) + 1

export function ButtonsEditor({ buttons, onChange }: { buttons: ReplyButton[]; onChange: (buttons: ReplyButton[]) => void }) {
  const { t } = useTranslation('inbox')
  return (
    <Stack gap={6}>
      {buttons.map((button, index) => (
        <Group key={button.id} gap={4} wrap="nowrap" align="flex-end">
          <TextInput
            flex={1}
            label={t('interactive.buttonNumber', { number: index + 1 })}
            maxLength={BUTTON_LETTERS_MAX}
            value={button.title}
            onChange={(event) => onChange(replaced(buttons, index, { ...button, title: event.currentTarget.value }))}
          />
          <ActionIcon aria-label={t('interactive.removeButton', { number: index + 1 })} disabled={buttons.length === 1} onClick={() => onChange(without(buttons, index))}>
            <IconTrash size={18} stroke={1.6} />
          </ActionIcon>
        </Group>
      ))}
      {buttons.length < BUTTONS_MAX && (
        <Button variant="subtle" size="compact-sm" leftSection={<IconPlus size={16} />} onClick={() => onChange([...buttons, newButton(following(buttons.map((button) => button.id)))])}>
          {t('interactive.addButton')}
        </Button>
      )}
    </Stack>
  )
}

export function SectionsEditor({ sections, onChange }: { sections: ListSection[]; onChange: (sections: ListSection[]) => void }) {
  const { t } = useTranslation('inbox')
  const rows = sections.flatMap((section) => section.rows)
  const full = rows.length >= ROWS_MAX
  const next = () => newRow(1, following(rows.map((row) => row.id)))
  return (
    <Stack gap="xs">
      {sections.map((section, index) => (
        <Section
          key={index}
          section={section}
          number={index + 1}
          only={sections.length === 1}
          full={full}
          onChange={(now) => onChange(replaced(sections, index, now))}
          onRow={() => onChange(replaced(sections, index, { ...section, rows: [...section.rows, next()] }))}
          onRemove={() => onChange(without(sections, index))}
        />
      ))}
      {!full && (
        <Button variant="subtle" size="compact-sm" leftSection={<IconPlus size={16} />} onClick={() => onChange([...sections, { title: '', rows: [next()] }])}>
          {t('interactive.addSection')}
        </Button>
      )}
    </Stack>
  )
}

interface SectionProps {
  section: ListSection
  number: number
  only: boolean
  full: boolean
  onChange: (section: ListSection) => void
  onRow: () => void
  onRemove: () => void
}

function Section({ section, number, only, full, onChange, onRow, onRemove }: SectionProps) {
  const { t } = useTranslation('inbox')
  return (
    <Fieldset legend={t('interactive.section', { number })} p="xs">
      <Stack gap={6}>
        {!only && (
          <Group gap={4} wrap="nowrap" align="flex-end">
            <TextInput flex={1} label={t('interactive.sectionTitle')} maxLength={ROW_LETTERS_MAX} value={section.title ?? ''} onChange={(event) => onChange({ ...section, title: event.currentTarget.value })} />
            <ActionIcon aria-label={t('interactive.removeSection', { number })} onClick={onRemove}>
              <IconTrash size={18} stroke={1.6} />
            </ActionIcon>
          </Group>
        )}
        {section.rows.map((row, index) => {
          const set = (now: Partial<typeof row>) => onChange({ ...section, rows: replaced(section.rows, index, { ...row, ...now }) })
          return (
            <Group key={row.id} gap={4} wrap="nowrap" align="flex-end">
              <TextInput flex={1} label={t('interactive.rowTitle', { number: index + 1 })} maxLength={ROW_LETTERS_MAX} value={row.title} onChange={(event) => set({ title: event.currentTarget.value })} />
              <TextInput flex={1} label={t('interactive.rowNote')} maxLength={ROW_NOTE_LETTERS_MAX} value={row.description ?? ''} onChange={(event) => set({ description: event.currentTarget.value })} />
              <ActionIcon aria-label={t('interactive.removeRow', { number: index + 1 })} disabled={section.rows.length === 1} onClick={() => onChange({ ...section, rows: without(section.rows, index) })}>
                <IconTrash size={18} stroke={1.6} />
              </ActionIcon>
            </Group>
          )
        })}
        {!full && (
          <Button variant="subtle" size="compact-sm" leftSection={<IconPlus size={16} />} onClick={onRow}>
            {t('interactive.addRow')}
          </Button>
        )}
      </Stack>
    </Fieldset>
  )
}
