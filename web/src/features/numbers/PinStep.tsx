// The PIN of two-step verification, which registers the number for good.
import { Alert, Button, PinInput, Stack, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { applyToCache } from '../../api/bridge'
import * as calls from '../../api/calls'
import type { PhoneNumber } from '../../api/types'
import { codeOf, problemSentence, sentence } from '../../ui/sentence'
import { InUseInApp } from './InUseInApp'
import classes from './Numbers.module.css'

const PIN_DIGITS = 6

export function PinStep({ number }: { number: PhoneNumber }) {
  const { t } = useTranslation('numbers')
  const client = useQueryClient()
  const [pin, setPin] = useState('')
  const register = useMutation({
    mutationFn: () => calls.registerNumber(number.id, pin),
    onSuccess: (changed) => {
      applyToCache(client, [{ type: 'number', number: changed }])
      void client.invalidateQueries({ queryKey: ['templates'] })
    },
  })
  const before = register.error || register.isPending ? null : number.last_error
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (pin.length === PIN_DIGITS) register.mutate()
      }}
    >
      <Stack gap="md" className={classes.entry}>
        <Text>{t('pin.text')}</Text>
        <PinInput
          length={PIN_DIGITS}
          type="number"
          size="lg"
          classNames={{ root: classes.digits }}
          autoFocus
          aria-label={t('pin.label')}
          getInputProps={(index) => ({ 'aria-label': t('pin.digit', { number: index + 1 }), autoComplete: 'off' })}
          value={pin}
          disabled={register.isPending}
          onChange={setPin}
        />
        <Text size="sm" c="dimmed">
          {t('pin.hint')}
        </Text>
        {before && (
          <Alert color="red" role="alert">
            {problemSentence(before)}
          </Alert>
        )}
        {register.error &&
          (codeOf(register.error) === 'number_in_use_in_app' ? (
            <InUseInApp onRetry={() => register.mutate()} busy={register.isPending} />
          ) : (
            <Alert color="red" role="alert">
              {sentence(register.error, t('unreachable'))}
            </Alert>
          ))}
        <Button type="submit" disabled={pin.length < PIN_DIGITS} loading={register.isPending}>
          {t('pin.action')}
        </Button>
      </Stack>
    </form>
  )
}
