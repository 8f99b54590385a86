// Building a message with reply buttons or a list, within WhatsApp's limits, with the bubble beside it.
import { Button, Group, Modal, SegmentedControl, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ListSection, ReplyButton, SendInteractive } from '../../../api/types'
import { Interactive } from '../thread/Cards'
import { ButtonsEditor, SectionsEditor } from './InteractiveEditors'
import { BODY_LETTERS_MAX, BUTTON_LETTERS_MAX, HEADER_LETTERS_MAX, interactiveProblem, LIST_BODY_LETTERS_MAX, newButton, newRow } from './rules'
import classes from './TemplateDialog.module.css'
import { useSmallScreen } from '../../../ui/useSmallScreen'

interface Props {
  onClose: () => void
  onSend: (draft: SendInteractive) => void
}

export function InteractiveDialog({ onClose, onSend }: Props) {
  const { t } = useTranslation('inbox')
  const { t: tApp } = useTranslation()
  const [kind, setKind] = useState<'button' | 'list'>('button')
  const [texts, setTexts] = useState({ header: '', body: '', footer: '', button: '' })
  const [buttons, setButtons] = useState<ReplyButton[]>([newButton(1)])
  const [sections, setSections] = useState<ListSection[]>([{ title: '', rows: [newRow(1, 1)] }])
  const draft = draftOf(kind, texts, buttons, sections)
  const problem = interactiveProblem(draft)
  const text = (name: keyof typeof texts, max: number) => ({
    label: t(`interactive.${name}`),
    maxLength: max,
    value: texts[name],
    onChange: (event: React.ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) => setTexts({ ...texts, [name]: event.currentTarget.value }),
  })
  return (
    <Modal opened onClose={onClose} fullScreen={useSmallScreen()} title={t('interactive.title')} size={860} closeButtonProps={{ 'aria-label': tApp('close') }}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (!problem) onSend(draft)
        }}
      >
        <div className={classes.columns} style={{ gridTemplateColumns: undefined }}>
          <div className={classes.form}>
            <div className={classes.stage} role="group" aria-label={t('template.preview')}>
              <div className={classes.bubble} dir="auto">
                <Interactive content={{ ...draft, body: draft.body || '…' }} />
              </div>
            </div>
            <Text size="sm" c="dimmed">
              {t('interactive.hint')}
            </Text>
          </div>
          <Stack gap="xs">
            <SegmentedControl
              aria-label={t('interactive.kind')}
              value={kind}
              onChange={(value) => setKind(value === 'list' ? 'list' : 'button')}
              data={[
                { value: 'button', label: t('interactive.buttons') },
                { value: 'list', label: t('interactive.listKind') },
              ]}
            />
            <TextInput {...text('header', HEADER_LETTERS_MAX)} />
            <Textarea autosize minRows={2} maxRows={6} data-autofocus required {...text('body', kind === 'list' ? LIST_BODY_LETTERS_MAX : BODY_LETTERS_MAX)} />
            <TextInput {...text('footer', HEADER_LETTERS_MAX)} />
            {kind === 'button' ? (
              <ButtonsEditor buttons={buttons} onChange={setButtons} />
            ) : (
              <>
                <TextInput required {...text('button', BUTTON_LETTERS_MAX)} />
                <SectionsEditor sections={sections} onChange={setSections} />
              </>
            )}
            <Group justify="space-between" wrap="nowrap">
              <Text size="sm" c="dimmed" role="status">
                {problem && t(`interactive.problem.${problem}`)}
              </Text>
              <Button type="submit" disabled={problem !== null}>
                {t('template.send')}
              </Button>
            </Group>
          </Stack>
        </div>
      </form>
    </Modal>
  )
}

function draftOf(kind: 'button' | 'list', texts: Record<'header' | 'body' | 'footer' | 'button', string>, buttons: ReplyButton[], sections: ListSection[]): SendInteractive {
  const common = {
    body: texts.body.trim(),
    ...(texts.header.trim() && { header: texts.header.trim() }),
    ...(texts.footer.trim() && { footer: texts.footer.trim() }),
  }
  if (kind === 'button') return { kind, ...common, buttons: buttons.map((button) => ({ ...button, title: button.title.trim() })) }
  const clean = sections.map((section) => ({
    ...(section.title?.trim() && { title: section.title.trim() }),
    rows: section.rows.map(({ id, title, description }) => ({ id, title: title.trim(), ...(description?.trim() && { description: description.trim() }) })),
  }))
  return { kind, ...common, button: texts.button.trim(), sections: clean }
}
