// One question before something is lost.
import { Button, Group, Modal, Text } from '@mantine/core'
import { createContext, useContext, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

interface Question {
  title: string
  text: string
  label: string
  run: () => Promise<unknown>
}

const ConfirmContext = createContext<(question: Question) => void>(() => {})

export function useConfirm(): (question: Question) => void {
  return useContext(ConfirmContext)
}

export function ConfirmProvider({ children }: { children: ReactNode }) {
  const { t } = useTranslation('simulator')
  const [question, setQuestion] = useState<Question | null>(null)
  const [open, setOpen] = useState(false)
  const [busy, setBusy] = useState(false)
  const run = async () => {
    setBusy(true)
    await question?.run()
    setBusy(false)
    setOpen(false)
  }
  return (
    <ConfirmContext.Provider
      value={(asked) => {
        setQuestion(asked)
        setOpen(true)
      }}
    >
      {children}
      <Modal opened={open} onClose={() => setOpen(false)} title={question?.title} closeButtonProps={{ 'aria-label': t('cancel') }}>
        <Text size="sm">{question?.text}</Text>
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={() => setOpen(false)}>{t('cancel')}</Button>
          <Button color="red" loading={busy} onClick={() => void run()}>{question?.label}</Button>
        </Group>
      </Modal>
    </ConfirmContext.Provider>
  )
}
