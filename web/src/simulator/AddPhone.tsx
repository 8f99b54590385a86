// A new customer's phone, ready to write.
import { Alert, Button, Group, Modal, Stack, Switch, TextInput } from '@mantine/core'
import { useState, type SyntheticEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { control, ControlError } from './control/client'

interface Props {
  opened: boolean
  onClose: () => void
  onAdded: (phone: string) => void
}

export function AddPhone({ opened, onClose, onAdded }: Props) {
  const { t } = useTranslation('simulator')
  return (
    <Modal opened={opened} onClose={onClose} title={t('add.title')} closeButtonProps={{ 'aria-label': t('cancel') }}>
      <AddPhoneForm onClose={onClose} onAdded={onAdded} />
    </Modal>
  )
}

function AddPhoneForm({ onClose, onAdded }: Omit<Props, 'opened'>) {
  const { t } = useTranslation('simulator')
  const [name, setName] = useState('')
  const [phone, setPhone] = useState('')
  const [username, setUsername] = useState('')
  const [sharesPhone, setSharesPhone] = useState(true)
  const [whatsapp, setWhatsapp] = useState(true)
  const [busy, setBusy] = useState(false)
  const [refused, setRefused] = useState<string | null>(null)

  const add = async (event: SyntheticEvent) => {
    event.preventDefault()
    setBusy(true)
    setRefused(null)
    try {
      const added = await control.addPhone({
        name: name.trim() || undefined,
        phone: phone.replaceAll(/[\s().-]/g, '') || undefined,
        username: username.trim() || undefined,
        shares_phone: sharesPhone,
        whatsapp_app: whatsapp,
      })
      onAdded(added.phone)
      onClose()
    } catch (error) {
      setRefused((error instanceof ControlError && error.message) || t('errors.unreachable'))
    } finally {
      setBusy(false)
    }
  }

  return (
    <form onSubmit={(event) => void add(event)}>
      <Stack>
        <TextInput label={t('settings.name')} placeholder={t('add.name_example')} value={name} maxLength={100} dir="auto" data-autofocus onChange={(event) => setName(event.currentTarget.value)} />
        <TextInput label={t('add.phone')} description={t('add.phone_help')} placeholder="+91 98000 00000" inputMode="tel" value={phone} onChange={(event) => setPhone(event.currentTarget.value)} />
        <Switch checked={whatsapp} label={t('add.whatsapp')} description={t('add.whatsapp_help')} onChange={(event) => setWhatsapp(event.currentTarget.checked)} />
        {whatsapp && (
          <>
            <Switch checked={sharesPhone} label={t('settings.shares')} description={t('settings.shares_help')} onChange={(event) => setSharesPhone(event.currentTarget.checked)} />
            <TextInput label={t('add.username')} value={username} maxLength={35} onChange={(event) => setUsername(event.currentTarget.value)} />
          </>
        )}
        {refused && <Alert color="red" role="alert">{refused}</Alert>}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>{t('cancel')}</Button>
          <Button type="submit" loading={busy}>{t('add.submit')}</Button>
        </Group>
      </Stack>
    </form>
  )
}
