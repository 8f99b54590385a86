// Which card a top-up is paid with.
import { Checkbox, Group, Radio, Stack, Text } from '@mantine/core'
import { IconCreditCard, IconFlask, IconPlus } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useNow } from '../../../ui/clock'
import { useCardName } from './CardName'
import { expiry, isExpired, type Way } from './ways'

interface Props {
  ways: Way[]
  chosen: string | null
  onChoose: (id: string) => void
  save: boolean
  onSave: (save: boolean) => void
}

export function PayWith({ ways, chosen, onChoose, save, onSave }: Props) {
  const { t } = useTranslation(['payments', 'billing'])
  const name = useCardName()
  const now = useNow(60_000)
  const described = (way: Way): { icon: ReactNode; title: string; text: string; off?: boolean } => {
    if (way.kind === 'test') return { icon: <IconFlask size={20} style={{ flex: 'none' }} aria-hidden />, title: t('billing:topUp.test'), text: t('billing:topUp.testHelp') }
    if (way.kind === 'new') return { icon: <IconPlus size={20} style={{ flex: 'none' }} aria-hidden />, title: t('ways.new'), text: t('ways.newHelp') }
    const off = isExpired(way.card, now)
    const text = [t(off ? 'card.expired' : 'card.expires', { when: expiry(way.card) }), ...(way.card.is_default ? [t('card.default')] : [])].join(' · ')
    return { icon: <IconCreditCard size={20} style={{ flex: 'none' }} aria-hidden />, title: name(way.card), text, off }
  }
  return (
    <Radio.Group value={chosen} onChange={onChoose} label={t('ways.title')}>
      <Stack gap={6} mt={4}>
        {ways.map((way) => {
          const { icon, title, text, off } = described(way)
          return (
            <Radio.Card key={way.id} value={way.id} p="sm" radius="md" disabled={off} aria-label={title}>
              <Group wrap="nowrap" align="flex-start" gap="sm">
                <Radio.Indicator mt={2} />
                {icon}
                <div>
                  <Text size="sm" fw={500}>{title}</Text>
                  <Text size="xs" c="dimmed">{text}</Text>
                </div>
              </Group>
            </Radio.Card>
          )
        })}
      </Stack>
      {chosen === 'new' && <Checkbox mt="sm" label={t('ways.save')} checked={save} onChange={(event) => onSave(event.currentTarget.checked)} />}
    </Radio.Group>
  )
}
