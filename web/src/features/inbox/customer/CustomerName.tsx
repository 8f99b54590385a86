// The customer's name, changed in place: Enter keeps it, Esc leaves it.
import { ActionIcon, TextInput } from '@mantine/core'
import { IconPencil } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { applyToCache } from '../../../api/bridge'
import * as calls from '../../../api/calls'
import type { CustomerBrief } from '../../../api/types'
import { sentence } from '../../../ui/sentence'
import classes from './CustomerPanel.module.css'

const NAME_LETTERS_MAX = 120

export function CustomerName({ customer }: { customer: CustomerBrief }) {
  const { t } = useTranslation('inbox')
  const client = useQueryClient()
  const [typed, setTyped] = useState<string | null>(null)
  const rename = useMutation({
    mutationFn: (name: string) => calls.renameCustomer(customer.id, name),
    onSuccess: (changed) => {
      applyToCache(client, [{ type: 'customer', customer: changed }])
      setTyped(null)
    },
  })
  const save = () => {
    const name = typed?.trim() ?? ''
    if (name && name !== customer.name) rename.mutate(name)
    else setTyped(null)
  }
  if (typed === null) {
    return (
      <div className={classes.name}>
        <bdi>{customer.name}</bdi>
        <ActionIcon size={26} aria-label={t('customer.rename')} onClick={() => setTyped(customer.name)}>
          <IconPencil size={16} stroke={1.6} />
        </ActionIcon>
      </div>
    )
  }
  return (
    <TextInput
      aria-label={t('customer.name')}
      autoFocus
      value={typed}
      maxLength={NAME_LETTERS_MAX}
      disabled={rename.isPending}
      error={rename.error && sentence(rename.error, t('failure.unreachable'))}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onBlur={save}
      onKeyDown={(event) => {
        if (event.key === 'Enter') save()
        if (event.key === 'Escape') setTyped(null)
      }}
    />
  )
}
