// Signing up: the brand and its first agent, who owns it.
import { Alert, Button, PasswordInput, Select, Stack, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import * as calls from '../../api/calls'
import { keys } from '../../api/keys'
import { fieldError, sentence } from '../../ui/sentence'
import { SessionCard } from './SessionCard'
import { useCsrf } from './useCsrf'
import { AnchorLink } from '../../ui/links'

const PASSWORD_LETTERS_MIN = 10
const zones = Intl.supportedValuesOf('timeZone')
const here = Intl.DateTimeFormat().resolvedOptions().timeZone
const allZones = zones.includes(here) ? zones : [here, ...zones]

export function SignUpPage() {
  const { t, i18n } = useTranslation('session')
  const navigate = useNavigate()
  const client = useQueryClient()
  const [form, setForm] = useState({ brand: '', name: '', email: '', password: '', time_zone: here })
  useCsrf()
  const signUp = useMutation({
    mutationFn: () => calls.signUp({ ...form, locale: i18n.language }),
    onSuccess: (me) => {
      client.setQueryData(keys.me, me)
      void navigate({ to: '/numbers/new' })
    },
  })
  const text = (name: 'brand' | 'name' | 'email' | 'password') => ({
    name,
    required: true,
    value: form[name],
    onChange: (event: React.ChangeEvent<HTMLInputElement>) => setForm({ ...form, [name]: event.currentTarget.value }),
    error: fieldError(signUp.error, name),
  })
  return (
    <SessionCard
      title={t('signUp.title')}
      text={t('signUp.text')}
      foot={
        <>
          {t('signUp.already')}{' '}
          <AnchorLink to="/sign-in">
            {t('signIn.action')}
          </AnchorLink>
        </>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          signUp.mutate()
        }}
      >
        <Stack gap="sm">
          {signUp.error && (
            <Alert color="red" role="alert">
              {sentence(signUp.error, t('unreachable'))}
            </Alert>
          )}
          <TextInput label={t('brand')} description={t('brandHint')} autoComplete="organization" autoFocus {...text('brand')} />
          <TextInput label={t('name')} autoComplete="name" {...text('name')} />
          <TextInput label={t('email')} type="email" autoComplete="username" {...text('email')} />
          <PasswordInput
            label={t('password')}
            description={t('passwordHint', { count: PASSWORD_LETTERS_MIN })}
            autoComplete="new-password"
            minLength={PASSWORD_LETTERS_MIN}
            {...text('password')}
          />
          <Select
            label={t('timeZone')}
            description={t('timeZoneHint')}
            data={allZones}
            searchable
            allowDeselect={false}
            value={form.time_zone}
            onChange={(zone) => setForm({ ...form, time_zone: zone ?? here })}
          />
          <Button type="submit" fullWidth mt="xs" loading={signUp.isPending}>
            {t('signUp.action')}
          </Button>
        </Stack>
      </form>
    </SessionCard>
  )
}
