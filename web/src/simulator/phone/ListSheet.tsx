// The sheet a list message opens from the phone's lower edge: choose a row, then send it.
import { ActionIcon, FocusTrap, Radio } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { control } from '../control/client'
import type { ChatMessage } from '../control/types'
import { useAct } from '../useAct'
import { readInteractive } from './content'
import { useOpenThread } from './openThread'
import classes from './phone.module.css'

export function ListSheet({ message }: { message: ChatMessage }) {
  const { t } = useTranslation('simulator')
  const act = useAct()
  const { phone, onList } = useOpenThread()
  const content = readInteractive(message.content)
  const [rowId, setRowId] = useState<string | null>(null)
  const close = () => onList(null)

  const send = async () => {
    if (rowId === null) return
    if (await act(control.press(phone.phone, { message_id: message.id, row_id: rowId }))) close()
  }

  return (
    <div className={classes.veil} onClick={close}>
      <FocusTrap>
        <div
          className={classes.sheet}
          role="dialog"
          aria-modal="true"
          aria-label={content.listButton}
          onClick={(event) => event.stopPropagation()}
          onKeyDown={(event) => event.key === 'Escape' && close()}
        >
          <header>
            <ActionIcon aria-label={t('list.close')} onClick={close}><IconX size={18} /></ActionIcon>
            <strong dir="auto">{content.listButton}</strong>
          </header>
          <Radio.Group value={rowId} onChange={setRowId} aria-label={content.listButton} className={classes.rows}>
            {content.sections.map((section, index) => (
              <section key={index}>
                {section.title && <h3 dir="auto">{section.title}</h3>}
                {section.rows.map((row) => (
                  <Radio key={row.id} value={row.id} label={row.title} description={row.description} labelPosition="left" classNames={{ body: classes.radioBody, labelWrapper: classes.radioLabel }} />
                ))}
              </section>
            ))}
          </Radio.Group>
          <button type="button" className={classes.sheetSend} disabled={rowId === null} onClick={() => void send()}>{t('list.send')}</button>
        </div>
      </FocusTrap>
    </div>
  )
}
