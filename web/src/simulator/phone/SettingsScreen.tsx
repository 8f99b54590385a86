// The phone's own settings: the line, privacy, names, and what its SIM is used for.
import { Button, CopyButton, Group, Stack, Switch, Text, TextInput, UnstyledButton } from '@mantine/core'
import { useState, type SyntheticEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { control } from '../control/client'
import type { Phone, PhonePatch } from '../control/types'
import { useConfirm } from '../Confirm'
import { useSimulator } from '../state/useSimulator'
import { useAct } from '../useAct'
import classes from './phone.module.css'

export function SettingsScreen({ phone }: { phone: Phone }) {
  const { t } = useTranslation('simulator')
  return (
    <div className={classes.page}>
      <h2 className={classes.pageTitle}>{t('phone.settings')}</h2>
      <Stack gap="lg" className={classes.settings}>
        <Switches phone={phone} />
        {!phone.is_business && <Field phone={phone} name="name" />}
        {!phone.is_business && phone.whatsapp_app && <Field phone={phone} name="username" />}
        {!phone.is_business && phone.whatsapp_app && <ChangeNumber phone={phone} />}
        <UserId id={phone.user_id} />
        <Endings phone={phone} />
      </Stack>
    </div>
  )
}

function Switches({ phone }: { phone: Phone }) {
  const { t } = useTranslation('simulator')
  const act = useAct()
  const patch = (change: PhonePatch) => void act(control.patchPhone(phone.phone, change))
  return (
    <Stack gap="md">
      <Switch checked={phone.online} label={t('settings.online')} description={t('settings.online_help')} onChange={(event) => patch({ online: event.currentTarget.checked })} />
      {!phone.is_business && phone.whatsapp_app && (
        <>
          <Switch checked={phone.read_receipts} label={t('settings.receipts')} description={t('settings.receipts_help')} onChange={(event) => patch({ read_receipts: event.currentTarget.checked })} />
          <Switch checked={phone.shares_phone} label={t('settings.shares')} description={t('settings.shares_help')} onChange={(event) => patch({ shares_phone: event.currentTarget.checked })} />
        </>
      )}
    </Stack>
  )
}

function Field({ phone, name }: { phone: Phone; name: 'name' | 'username' }) {
  const { t } = useTranslation('simulator')
  const act = useAct()
  const current = phone[name] ?? ''
  const [value, setValue] = useState(current)
  const save = (event: SyntheticEvent) => {
    event.preventDefault()
    void act(control.patchPhone(phone.phone, { [name]: value.trim() }))
  }
  return (
    <form onSubmit={save}>
      <TextInput
        label={t(`settings.${name}`)}
        value={value}
        maxLength={name === 'name' ? 100 : 35}
        dir="auto"
        onChange={(event) => setValue(event.currentTarget.value)}
        rightSectionWidth={70}
        rightSection={value.trim() !== current && <Button type="submit" size="compact-xs" variant="light">{t('settings.save')}</Button>}
      />
    </form>
  )
}

function ChangeNumber({ phone }: { phone: Phone }) {
  const { t } = useTranslation('simulator')
  const act = useAct()
  const { reload } = useSimulator()
  const [value, setValue] = useState('')
  const change = async (event: SyntheticEvent) => {
    event.preventDefault()
    // Another number is another phone to the page: everything is read again.
    if (await act(control.changeNumber(phone.phone, value.trim()))) await reload()
  }
  return (
    <form onSubmit={(event) => void change(event)}>
      <TextInput
        label={t('settings.change_number')}
        description={t('settings.change_number_help')}
        placeholder="+919800000000"
        inputMode="tel"
        value={value}
        onChange={(event) => setValue(event.currentTarget.value)}
        rightSectionWidth={78}
        rightSection={value.trim() !== '' && <Button type="submit" size="compact-xs" variant="light">{t('settings.change')}</Button>}
      />
    </form>
  )
}

function UserId({ id }: { id: string }) {
  const { t } = useTranslation('simulator')
  return (
    <div>
      <Text size="sm" fw={500}>{t('settings.user_id')}</Text>
      <CopyButton value={id}>
        {({ copied, copy }) => (
          <UnstyledButton className={classes.userId} onClick={copy} title={t('settings.copy')}>{copied ? t('copied') : id}</UnstyledButton>
        )}
      </CopyButton>
    </div>
  )
}

function Endings({ phone }: { phone: Phone }) {
  const { t } = useTranslation('simulator')
  const act = useAct()
  const confirm = useConfirm()
  const deleteAccount = () =>
    confirm({
      title: t('settings.delete_account'),
      text: t('settings.delete_account_sure', { phone: phone.phone }),
      label: t('settings.delete_account'),
      run: () => act(control.patchPhone(phone.phone, { whatsapp_app: false })),
    })
  const remove = () =>
    confirm({
      title: t('settings.remove'),
      text: t('settings.remove_sure', { name: phone.name }),
      label: t('settings.remove'),
      run: () => act(control.removePhone(phone.phone)),
    })
  return (
    <Stack gap="xs">
      <Text size="sm" fw={500}>{t('settings.sim')}</Text>
      <Text size="xs" c="dimmed">{phone.is_business ? t('chats.is_business') : phone.whatsapp_app ? t('settings.installed') : t('settings.not_installed')}</Text>
      <Group gap="xs">
        {!phone.is_business && phone.whatsapp_app && <Button size="compact-sm" variant="default" onClick={deleteAccount}>{t('settings.delete_account')}</Button>}
        {!phone.is_business && !phone.whatsapp_app && <Button size="compact-sm" variant="default" onClick={() => void act(control.patchPhone(phone.phone, { whatsapp_app: true }))}>{t('settings.install')}</Button>}
        <Button size="compact-sm" variant="subtle" color="red" onClick={remove}>{t('settings.remove')}</Button>
      </Group>
    </Stack>
  )
}
