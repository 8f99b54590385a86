// Taking back a number that was never connected: says what is lost, which is only the progress.
import { Button, Group, Modal, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import * as calls from '../../api/calls'
import { keys } from '../../api/keys'
import type { PhoneNumber } from '../../api/types'
import { sentence } from '../../ui/sentence'

export function RemoveNumber({ number }: { number: PhoneNumber }) {
  const { t } = useTranslation('numbers')
  const { t: tApp } = useTranslation()
  const navigate = useNavigate()
  const client = useQueryClient()
  const [asking, ask] = useDisclosure(false)
  const remove = useMutation({
    mutationFn: () => calls.removeNumber(number.id),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: keys.numbers })
      void navigate({ to: '/numbers' })
    },
  })
  return (
    <>
      <Button variant="default" onClick={ask.open}>
        {t('remove.action')}
      </Button>
      <Modal opened={asking} onClose={ask.close} title={t('remove.title', { phone: number.phone_formatted })} closeButtonProps={{ 'aria-label': tApp('close') }}>
        <Text size="sm">{t('remove.text')}</Text>
        {remove.error && (
          <Text size="sm" c="var(--hb-bad)" role="alert">
            {sentence(remove.error, t('unreachable'))}
          </Text>
        )}
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={ask.close}>
            {tApp('cancel')}
          </Button>
          <Button color="red" loading={remove.isPending} onClick={() => remove.mutate()}>
            {t('remove.confirm')}
          </Button>
        </Group>
      </Modal>
    </>
  )
}
