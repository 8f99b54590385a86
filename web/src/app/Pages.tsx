// What is shown when there is no page, or a page broke.
import { Button, Code, Stack, Text, Title } from '@mantine/core'
import { type ErrorComponentProps } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { ApiError, Unreachable } from '../api/http'
import { ButtonLink } from '../ui/links'

export function NotFound() {
  const { t } = useTranslation()
  return (
    <Stack component="main" align="center" justify="center" h="100%" p="lg" gap="sm">
      <Title order={1} size="h3">
        {t('notFound.title')}
      </Title>
      <Text c="dimmed">{t('notFound.text')}</Text>
      <ButtonLink to="/chats">{t('notFound.action')}</ButtonLink>
    </Stack>
  )
}

export function Broken({ error, reset }: ErrorComponentProps) {
  const { t } = useTranslation()
  const unreachable = error instanceof Unreachable
  return (
    <Stack component="main" align="center" justify="center" h="100%" p="lg" gap="sm" ta="center">
      <Title order={1} size="h3">
        {unreachable ? t('broken.unreachable') : t('broken.title')}
      </Title>
      <Text c="dimmed" maw={460}>
        {unreachable ? t('broken.unreachableText') : t('broken.text')}
      </Text>
      {!unreachable && <Code>{String(error)}</Code>}
      {error instanceof ApiError && error.problem.request_id && <Text size="xs">{t('broken.request', { id: error.problem.request_id })}</Text>}
      <Button
        onClick={() => {
          reset()
          window.location.reload()
        }}
      >
        {t('broken.action')}
      </Button>
    </Stack>
  )
}
