// Name of the agent; e-mail, role and brand to read.
import { Button, Group, Stack, TextInput } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import * as calls from '../../api/calls'
import { keys } from '../../api/keys'
import { useMe } from '../../api/queries'
import { fieldError, sentence } from '../../ui/sentence'
import { Section } from './Section'

export function ProfileSection() {
  const { t } = useTranslation('settings')
  const me = useMe()
  const client = useQueryClient()
  const [name, setName] = useState(me.agent.name)
  const save = useMutation({
    mutationFn: () => calls.updateMe({ name: name.trim() }),
    onSuccess: (changed) => {
      client.setQueryData(keys.me, changed)
      notifications.show({ color: 'teal', message: t('profile.saved') })
    },
  })
  return (
    <Section title={t('profile.title')} text={t('profile.text', { brand: me.account.name, role: t(`role.${me.agent.role}`) })}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          save.mutate()
        }}
      >
        <Stack gap="sm">
          <TextInput
            label={t('profile.name')}
            autoComplete="name"
            required
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={fieldError(save.error, 'name') ?? (save.error && sentence(save.error, t('unreachable')))}
          />
          <TextInput label={t('profile.email')} value={me.agent.email} readOnly variant="filled" />
          <TextInput label={t('profile.timeZone')} value={me.account.time_zone} readOnly variant="filled" />
          <Group justify="flex-end">
            <Button type="submit" disabled={name.trim() === '' || name.trim() === me.agent.name} loading={save.isPending}>
              {t('profile.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  )
}
