// The tray of files above the text: what each is, how far it got, why it was refused.
import { ActionIcon, Button, Progress } from '@mantine/core'
import { IconFile, IconX } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { fileSize } from '../../../ui/format'
import { sentence } from '../../../ui/sentence'
import { usePlace } from '../../../ui/usePlace'
import type { Attachment, Files } from './useFiles'
import classes from './Composer.module.css'

export function Attachments({ files }: { files: Files }) {
  const { t } = useTranslation('inbox')
  if (files.list.length === 0) return null
  return (
    <ul className={classes.tray} aria-label={t('files.tray')}>
      {files.list.map((row) => (
        <Row key={row.key} row={row} files={files} />
      ))}
    </ul>
  )
}

function useReason(row: Attachment): string | null {
  const { t } = useTranslation('inbox')
  const { locale } = usePlace()
  if (row.refused?.why === 'size') return t('files.size', { max: fileSize(row.refused.bytesMax, locale) })
  if (row.refused) return t(`files.${row.refused.why}`)
  return row.error ? sentence(row.error, t('failure.unreachable')) : null
}

function Row({ row, files }: { row: Attachment; files: Files }) {
  const { t } = useTranslation('inbox')
  const { locale } = usePlace()
  const reason = useReason(row)
  const busy = !row.media && !reason
  return (
    <li className={classes.file} data-bad={reason ? true : undefined}>
      {row.preview ? <img src={row.preview} alt="" /> : <IconFile size={28} stroke={1.4} aria-hidden />}
      <div className={classes.fileText}>
        <span>{row.file.name}</span>
        {reason ? <small role="alert">{reason}</small> : <small>{fileSize(row.file.size, locale)}</small>}
        {busy && <Progress value={row.share * 100} size={3} aria-label={t('files.progress', { name: row.file.name })} />}
      </div>
      {row.error !== null && (
        <Button size="compact-xs" variant="default" onClick={() => files.retry(row.key)}>
          {t('failure.retry')}
        </Button>
      )}
      <ActionIcon size={28} aria-label={t('files.remove', { name: row.file.name })} onClick={() => files.remove(row.key)}>
        <IconX size={16} />
      </ActionIcon>
    </li>
  )
}
