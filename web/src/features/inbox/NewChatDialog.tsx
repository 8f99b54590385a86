// Starting a chat with a phone number. The first message is then a template.
import { Button, Group, Modal, Select, Stack, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import * as calls from '../../api/calls'
import { useNumbers } from '../../api/queries'
import { PhoneField, usePhone } from '../../ui/PhoneField'
import { sentence } from '../../ui/sentence'
import { useSmallScreen } from '../../ui/useSmallScreen'

export function NewChatDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('inbox')
  const { t: tApp } = useTranslation()
  const navigate = useNavigate()
  const { data = [] } = useNumbers()
  const numbers = data.filter((number) => number.status === 'connected')
  const [chosen, setChosen] = useState<string | null>(null)
  const number = numbers.find((each) => each.id === chosen) ?? numbers[0]
  const [phone, setPhone] = usePhone(number?.country ?? navigator.language.split('-')[1] ?? 'US')
  const open = useMutation({
    mutationFn: ({ numberId, e164 }: { numberId: string; e164: string }) => calls.openChat(numberId, e164),
    onSuccess: (chat) => void navigate({ to: '/chats/$chatId', params: { chatId: chat.id } }),
  })
  const e164 = phone.check?.valid ? phone.check.e164 : null
  return (
    <Modal opened onClose={onClose} fullScreen={useSmallScreen()} title={t('new.title')} closeButtonProps={{ 'aria-label': tApp('close') }}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (number && e164) open.mutate({ numberId: number.id, e164 })
        }}
      >
        <Stack gap="sm">
          {numbers.length > 1 && (
            <Select
              label={t('new.from')}
              data={numbers.map((each) => ({ value: each.id, label: `${each.display_name} · ${each.phone_formatted}` }))}
              value={number?.id ?? null}
              onChange={setChosen}
              allowDeselect={false}
            />
          )}
          <PhoneField phone={phone} onChange={setPhone} autoFocus error={open.error ? sentence(open.error, t('failure.unreachable')) : undefined} />
          <Text size="sm" c="dimmed">
            {number ? t('new.hint') : t('new.noNumber')}
          </Text>
          <Group justify="flex-end">
            <Button type="submit" disabled={!number || !e164} loading={open.isPending}>
              {t('new.action')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
