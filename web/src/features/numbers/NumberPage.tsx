// One number: the step it stands at, or what it is once connected. Leaving and coming back goes on where it stopped.
import { Skeleton } from '@mantine/core'
import { useParams } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useNumbers } from '../../api/queries'
import type { PhoneNumber } from '../../api/types'
import { AnchorLink, ButtonLink } from '../../ui/links'
import { Empty, Page } from '../../ui/Page'
import { CodeMethod, CodeEntry } from './CodeSteps'
import { Connected } from './Connected'
import { PinStep } from './PinStep'
import { RemoveNumber } from './RemoveNumber'
import { Steps } from './Steps'

type Step = 'method' | 'code' | 'pin' | 'connected'

/** A failed number goes on where it failed: with its code still out, there; else from the start. */
function stepOf(number: PhoneNumber): Step {
  switch (number.status) {
    case 'added':
      return 'method'
    case 'code_sent':
      return 'code'
    case 'verified':
      return 'pin'
    case 'connected':
      return 'connected'
    case 'failed':
      return number.code_sent_at ? 'pin' : 'method'
  }
}
const position: Record<Step, number> = { method: 1, code: 1, pin: 2, connected: 4 }

export function NumberPage() {
  const { t } = useTranslation('numbers')
  const { numberId } = useParams({ from: '/frame/numbers/$numberId' })
  const { data: numbers, isPending } = useNumbers()
  const number = numbers?.find((each) => each.id === numberId)
  if (isPending) {
    return (
      <Page title={t('title')} narrow>
        <Skeleton height={220} radius="md" />
      </Page>
    )
  }
  if (!number) {
    return (
      <Page title={t('title')} narrow>
        <Empty title={t('gone.title')} text={t('gone.text')} action={<ButtonLink to="/numbers">{t('gone.action')}</ButtonLink>} />
      </Page>
    )
  }
  const step = stepOf(number)
  return (
    <Page title={number.phone_formatted} text={number.display_name} narrow actions={step !== 'connected' && <RemoveNumber number={number} />}>
      {step !== 'connected' && <Steps at={position[step]} />}
      {step === 'method' && <CodeMethod number={number} />}
      {step === 'code' && <CodeEntry key={number.code_sent_at} number={number} />}
      {step === 'pin' && <PinStep number={number} />}
      {step === 'connected' && <Connected number={number} />}
      {step !== 'connected' && (
        <p>
          <AnchorLink to="/numbers" size="sm">
            {t('later')}
          </AnchorLink>
        </p>
      )}
    </Page>
  )
}
