// The first step of bringing a number: which one, and the name customers will see.
import { Button, Group, Stack, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { applyToCache } from '../../api/bridge'
import * as calls from '../../api/calls'
import { useMe } from '../../api/queries'
import { Page } from '../../ui/Page'
import { PhoneField, usePhone } from '../../ui/PhoneField'
import { codeOf, fieldError, sentence } from '../../ui/sentence'
import { newId } from '../../ui/uuid'
import { BeforeYouStart } from './BeforeYouStart'
import { homeCountry } from './homeCountry'
import { InUseInApp } from './InUseInApp'
import { Steps } from './Steps'

const NAME_LETTERS_MAX = 60

export function NewNumberPage() {
  const { t } = useTranslation('numbers')
  const me = useMe()
  const navigate = useNavigate()
  const client = useQueryClient()
  const [phone, setPhone] = usePhone(homeCountry(me.account.time_zone))
  const [name, setName] = useState(me.account.name)
  const [key, setKey] = useState(newId)
  const add = useMutation({
    mutationFn: () => calls.addNumber({ phone: phone.check?.e164 ?? phone.typed, country: phone.country, display_name: name.trim() }, key),
    onSuccess: (number) => {
      applyToCache(client, [{ type: 'number', number }])
      void navigate({ to: '/numbers/$numberId', params: { numberId: number.id } })
    },
    // Another form is another command.
    onError: () => setKey(newId()),
  })
  const inUse = codeOf(add.error) === 'number_in_use_in_app'
  const nameError = fieldError(add.error, 'display_name')
  return (
    <Page title={t('new.title')} text={t('new.text')} narrow>
      <Steps at={0} />
      <BeforeYouStart />
      <form
        onSubmit={(event) => {
          event.preventDefault()
          add.mutate()
        }}
      >
        <Stack gap="md">
          <PhoneField phone={phone} onChange={setPhone} autoFocus error={add.error && !inUse && !nameError ? sentence(add.error, t('unreachable')) : undefined} />
          <TextInput label={t('new.name')} description={t('new.nameHint')} required maxLength={NAME_LETTERS_MAX} value={name} error={nameError} onChange={(event) => setName(event.currentTarget.value)} />
          {inUse && <InUseInApp onRetry={() => add.mutate()} busy={add.isPending} />}
          <Group justify="flex-end">
            <Button type="submit" disabled={!phone.check?.valid || name.trim() === ''} loading={add.isPending}>
              {t('new.action')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Page>
  )
}
