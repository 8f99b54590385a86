// Signing in; afterwards back to the address that was asked for.
import { Alert, Button, PasswordInput, Stack, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRouter, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import * as calls from '../../api/calls'
import { keys } from '../../api/keys'
import { adoptLanguage } from '../../i18n'
import { sentence } from '../../ui/sentence'
import { SessionCard } from './SessionCard'
import { useCsrf } from './useCsrf'
import { AnchorLink } from '../../ui/links'

export function SignInPage() {
  const { t } = useTranslation('session')
  const router = useRouter()
  const client = useQueryClient()
  const { next } = useSearch({ from: '/sign-in' })
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  useCsrf()
  const signIn = useMutation({
    mutationFn: () => calls.signIn({ email, password }),
    onSuccess: async (me) => {
      client.setQueryData(keys.me, me)
      await adoptLanguage(me.agent.locale)
      router.history.push(next ?? '/chats')
    },
  })
  return (
    <SessionCard
      title={t('signIn.title')}
      text={t('signIn.text')}
      foot={
        <>
          {t('signIn.newHere')}{' '}
          <AnchorLink to="/sign-up">
            {t('signUp.title')}
          </AnchorLink>
        </>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          signIn.mutate()
        }}
      >
        <Stack gap="sm">
          {signIn.error && (
            <Alert color="red" role="alert">
              {sentence(signIn.error, t('unreachable'))}
            </Alert>
          )}
          <TextInput label={t('email')} type="email" autoComplete="username" required autoFocus value={email} onChange={(event) => setEmail(event.currentTarget.value)} />
          <PasswordInput label={t('password')} autoComplete="current-password" required value={password} onChange={(event) => setPassword(event.currentTarget.value)} />
          <Button type="submit" fullWidth mt="xs" loading={signIn.isPending}>
            {t('signIn.action')}
          </Button>
        </Stack>
      </form>
    </SessionCard>
  )
}
