// Choosing an approved template, filling it in, and seeing what the customer will see.
import { Button, FileButton, Group, Modal, ScrollArea, Stack, Text, TextInput, UnstyledButton } from '@mantine/core'
import { IconSearch, IconUpload } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import * as calls from '../../../api/calls'
import { useTemplates } from '../../../api/queries'
import type { Media, Send, Template, TemplateContent } from '../../../api/types'
import { sentence } from '../../../ui/sentence'
import type { Extra } from '../optimistic'
import { emptyValues, needsMedia, templateParameters, templateReady, type TemplateValues } from './rules'
import { TemplatePreview, templateShown } from './TemplatePreview'
import classes from './TemplateDialog.module.css'
import { useSmallScreen } from '../../../ui/useSmallScreen'

interface Props {
  chosen: string | null
  customer: string
  onClose: () => void
  onSend: (body: Extract<Send, { type: 'template' }>, extra: Extra) => void
}

export function TemplateDialog({ chosen, customer, onClose, onSend }: Props) {
  const { t } = useTranslation('inbox')
  const { t: tApp } = useTranslation()
  const { data: templates = [] } = useTemplates('approved')
  const [query, setQuery] = useState('')
  const [id, setId] = useState(chosen)
  const found = templates.filter((template) => `${template.name} ${template.body}`.toLowerCase().includes(query.trim().toLowerCase()))
  const template = templates.find((each) => each.id === id) ?? found[0]
  return (
    <Modal opened onClose={onClose} fullScreen={useSmallScreen()} title={t('template.title', { name: customer })} size={860} closeButtonProps={{ 'aria-label': tApp('close') }}>
      <div className={classes.columns}>
        <div className={classes.list}>
          <TextInput leftSection={<IconSearch size={16} />} placeholder={t('template.search')} aria-label={t('template.search')} value={query} onChange={(event) => setQuery(event.currentTarget.value)} data-autofocus />
          <ScrollArea className={classes.options} role="listbox" aria-label={t('template.list')}>
            {found.map((each) => (
              <UnstyledButton key={each.id} role="option" aria-selected={each.id === template?.id} className={classes.option} onClick={() => setId(each.id)}>
                <span className={classes.name}>{each.name}</span>
                <span className={classes.about}>
                  {each.language} · {each.category.toLowerCase()}
                </span>
                <span className={classes.body}>{each.body}</span>
              </UnstyledButton>
            ))}
            {found.length === 0 && <Text c="dimmed">{t('template.nothing')}</Text>}
          </ScrollArea>
        </div>
        {template && <TemplateForm key={template.id} template={template} onSend={onSend} />}
      </div>
    </Modal>
  )
}

function TemplateForm({ template, onSend }: { template: Template; onSend: Props['onSend'] }) {
  const { t } = useTranslation('inbox')
  const [values, setValues] = useState<TemplateValues>(() => emptyValues(template))
  const [media, setMedia] = useState<Media | null>(null)
  const ready = templateReady(template, values, media !== null)
  const set = (part: keyof TemplateValues, index: number, value: string) => setValues({ ...values, [part]: values[part].map((old, each) => (each === index ? value : old)) })
  const send = () => {
    if (!ready) return
    const shown: TemplateContent = templateShown(template, values, media)
    onSend({ type: 'template', template_id: template.id, parameters: templateParameters(template, values), ...(media && { header_media_id: media.id }) }, { shown })
  }
  const field = (part: keyof TemplateValues, index: number, name: string, example: string | null) => (
    <TextInput
      key={`${part}-${index}`}
      label={t(`template.${part}`, { name })}
      placeholder={example ? t('template.example', { example }) : ''}
      value={values[part][index] ?? ''}
      onChange={(event) => set(part, index, event.currentTarget.value)}
      required
      withAsterisk={false}
    />
  )
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <div className={classes.stage} aria-label={t('template.preview')} role="group">
        <TemplatePreview template={template} values={values} media={media} />
      </div>
      <Stack gap="xs">
        {needsMedia(template) && <HeaderMedia template={template} media={media} onMedia={setMedia} />}
        {template.parameters.header.map((each, index) => field('header', index, each.name, each.example))}
        {template.parameters.body.map((each, index) => field('body', index, each.name, each.example))}
        {template.parameters.buttons.map((each, index) => field('buttons', index, template.buttons[each.index]?.text ?? each.name, each.example))}
      </Stack>
      <Group justify="flex-end">
        <Button type="submit" disabled={!ready}>
          {t('template.send')}
        </Button>
      </Group>
    </form>
  )
}

const accepted: Record<string, string> = { IMAGE: 'image/jpeg,image/png', VIDEO: 'video/mp4,video/3gpp', GIF: 'video/mp4', DOCUMENT: 'application/pdf' }

function HeaderMedia({ template, media, onMedia }: { template: Template; media: Media | null; onMedia: (media: Media) => void }) {
  const { t } = useTranslation('inbox')
  const upload = useMutation({ mutationFn: (file: File) => calls.uploadMedia(file, () => undefined), onSuccess: onMedia })
  return (
    <div>
      <FileButton accept={accepted[template.header_format?.toUpperCase() ?? ''] ?? ''} onChange={(file) => file && upload.mutate(file)}>
        {(props) => (
          <Button {...props} variant="default" leftSection={<IconUpload size={16} />} loading={upload.isPending}>
            {media ? t('template.otherFile') : t('template.file')}
          </Button>
        )}
      </FileButton>
      {media && (
        <Text size="sm" c="dimmed" span ml="xs">
          {media.filename}
        </Text>
      )}
      {upload.error && (
        <Text size="sm" c="var(--hb-bad)" role="alert">
          {sentence(upload.error, t('failure.unreachable'))}
        </Text>
      )}
    </div>
  )
}
