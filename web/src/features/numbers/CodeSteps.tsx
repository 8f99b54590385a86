// The one-time code: how it should come, then its six digits, each refusal with its own sentence.
import { Alert, Anchor, Button, Group, PinInput, Radio, Stack, Text } from '@mantine/core'
import { IconMessage2, IconPhoneCall } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { applyToCache } from '../../api/bridge'
import * as calls from '../../api/calls'
import { ApiError } from '../../api/http'
import { useMe } from '../../api/queries'
import type { PhoneNumber, Problem } from '../../api/types'
import { useNow } from '../../ui/clock'
import { timeLeft } from '../../ui/format'
import { codeOf, problemSentence, sentence } from '../../ui/sentence'
import { usePlace } from '../../ui/usePlace'
import { AnchorLink } from '../../ui/links'
import { InUseInApp } from './InUseInApp'
import classes from './Numbers.module.css'

const CODE_DIGITS = 6
/** A phone number in a sentence stays in one line. */
const unbroken = (phone: string) => phone.replaceAll(' ', '\u00a0')
type Method = 'sms' | 'voice'
/** Refusals after which how long the code is good says nothing any more. */
const CODE_OVER = new Set(['code_too_many', 'code_expired'])

function useRequestCode(number: PhoneNumber) {
  const client = useQueryClient()
  const { i18n } = useTranslation()
  return useMutation({
    mutationFn: (method: Method) => calls.requestCode(number.id, method, i18n.language),
    onSuccess: (changed) => applyToCache(client, [{ type: 'number', number: changed }]),
  })
}

/** Why this step was refused: just now, or before the page was left. */
function Refusal({ error: now, before, onRetry, busy }: { error: Error | null; before: Problem | null; onRetry: () => void; busy: boolean }) {
  const { t } = useTranslation('numbers')
  const error = now ?? (before && !busy ? new ApiError(before) : null)
  if (!error) return null
  if (codeOf(error) === 'number_in_use_in_app') return <InUseInApp onRetry={onRetry} busy={busy} />
  return (
    <Alert color="red" role="alert">
      {sentence(error, t('unreachable'))}
    </Alert>
  )
}

export function CodeMethod({ number }: { number: PhoneNumber }) {
  const { t } = useTranslation('numbers')
  const [method, setMethod] = useState<Method>('sms')
  const ask = useRequestCode(number)
  return (
    <Stack gap="md">
      <Radio.Group label={t('method.label', { phone: unbroken(number.phone_formatted) })} value={method} onChange={(value) => setMethod(value)}>
        <div className={classes.methods}>
          {(
            [
              ['sms', IconMessage2],
              ['voice', IconPhoneCall],
            ] as const
          ).map(([value, Icon]) => (
            <Radio.Card key={value} value={value} className={classes.method} aria-label={t(`method.${value}`)}>
              <Icon size={24} stroke={1.5} aria-hidden />
              <span>
                <strong>{t(`method.${value}`)}</strong>
                <small>{t(`method.${value}Hint`)}</small>
              </span>
              <Radio.Indicator />
            </Radio.Card>
          ))}
        </div>
      </Radio.Group>
      <Refusal error={ask.error} before={number.last_error} onRetry={() => ask.mutate(method)} busy={ask.isPending} />
      <Group justify="flex-end">
        <Button onClick={() => ask.mutate(method)} loading={ask.isPending}>
          {t('method.action')}
        </Button>
      </Group>
    </Stack>
  )
}

export function CodeEntry({ number }: { number: PhoneNumber }) {
  const { t } = useTranslation('numbers')
  const me = useMe()
  const client = useQueryClient()
  const [code, setCode] = useState('')
  const verify = useMutation({
    mutationFn: (typed: string) => calls.verifyCode(number.id, typed),
    onSuccess: (changed) => applyToCache(client, [{ type: 'number', number: changed }]),
    onError: () => setCode(''),
  })
  const before = number.last_error && code === '' && !verify.isPending ? problemSentence(number.last_error) : null
  const refused = verify.error ? sentence(verify.error, t('unreachable')) : before
  return (
    <Stack gap="md">
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (code.length === CODE_DIGITS) verify.mutate(code)
        }}
      >
        <Stack gap="md" className={classes.entry}>
          <Text>{t(`code.${number.code_method ?? 'sms'}`, { phone: unbroken(number.phone_formatted) })}</Text>
          <PinInput
            length={CODE_DIGITS}
            type="number"
            size="lg"
            classNames={{ root: classes.digits }}
            oneTimeCode
            autoFocus
            aria-label={t('code.label')}
            getInputProps={(index) => ({ 'aria-label': t('code.digit', { number: index + 1 }) })}
            value={code}
            error={verify.isError}
            disabled={verify.isPending}
            onChange={(value) => {
              setCode(value)
              if (value !== '') verify.reset()
            }}
            onComplete={(value) => verify.mutate(value)}
          />
          {refused && (
            <Text c="var(--hb-bad)" size="sm" role="alert">
              {refused}
            </Text>
          )}
          {me.simulator_url && (
            <Text size="sm" c="dimmed">
              {t('code.simulator')}{' '}
              <Anchor href={me.simulator_url} target="_blank" rel="noreferrer" inherit>
                {t('code.simulatorLink')}
              </Anchor>
            </Text>
          )}
          <Button type="submit" disabled={code.length < CODE_DIGITS} loading={verify.isPending}>
            {t('code.action')}
          </Button>
        </Stack>
      </form>
      <Again number={number} over={CODE_OVER.has(codeOf(verify.error) ?? number.last_error?.code ?? '')} />
    </Stack>
  )
}

function Again({ number, over }: { number: PhoneNumber; over: boolean }) {
  const { t } = useTranslation('numbers')
  const { locale } = usePlace()
  const now = useNow(1000)
  const ask = useRequestCode(number)
  // A second more than the server asks for, so that its clock and this one need not agree to the second.
  const wait = timeLeft(number.next_code_at, now - 1000, locale)
  const left = timeLeft(number.code_expires_at, now, locale)
  return (
    <div className={classes.again}>
      {!over && (
        <Text size="sm" c="dimmed">
          {left ? t('code.expiresIn', { time: left }) : t('code.expired')}
        </Text>
      )}
      <Group gap="xs">
        {(['sms', 'voice'] as const).map((method) => (
          <Button key={method} size="compact-md" variant="default" disabled={wait !== null} loading={ask.isPending && ask.variables === method} onClick={() => ask.mutate(method)}>
            {t(`code.${method === (number.code_method ?? 'sms') ? 'again' : 'instead'}.${method}`)}
          </Button>
        ))}
        {wait && (
          <Text size="sm" c="dimmed" className={classes.wait}>
            {t('code.wait', { time: wait })}
          </Text>
        )}
      </Group>
      <Refusal error={ask.error} before={null} onRetry={() => ask.mutate(number.code_method ?? 'sms')} busy={ask.isPending} />
      <AnchorLink to="/numbers/new" size="sm">
        {t('code.otherNumber')}
      </AnchorLink>
    </div>
  )
}
