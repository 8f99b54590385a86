// An amount that explains itself: hover for the exact sum and, where there is one, the sentence behind it.
import { Tooltip } from '@mantine/core'
import { money, moneyShort } from './format'
import { usePlace } from './usePlace'

interface Props {
  micros: number
  currency: string
  short?: boolean
  why?: string | undefined
}

export function Money({ micros, currency, short = false, why }: Props) {
  const { locale } = usePlace()
  const exact = money(micros, currency, locale)
  const shown = <span style={{ fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' }}>{short ? moneyShort(micros, currency, locale) : exact}</span>
  const hint = why ?? (short ? exact : null)
  return hint ? (
    <Tooltip label={hint} multiline maw={320}>
      {shown}
    </Tooltip>
  ) : (
    shown
  )
}
