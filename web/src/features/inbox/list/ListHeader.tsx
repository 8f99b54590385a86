// Above the list: title, a new chat, the search, the filter.
import { ActionIcon, SegmentedControl, Select, TextInput, Tooltip } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconMessagePlus, IconSearch, IconX } from '@tabler/icons-react'
import { useState, type Ref } from 'react'
import { useTranslation } from 'react-i18next'
import { useNumbers } from '../../../api/queries'
import type { ChatFilter } from '../../../api/types'
import classes from './ChatList.module.css'

const SEARCH_WAIT_MS = 200

interface Props {
  filter: ChatFilter
  search: string
  number: string | null
  searchRef: Ref<HTMLInputElement>
  onFilter: (filter: ChatFilter) => void
  onSearch: (search: string) => void
  onNumber: (number: string | null) => void
  onNew: () => void
}

export function ListHeader({ filter, search, number, searchRef, onFilter, onSearch, onNumber, onNew }: Props) {
  const { t } = useTranslation('inbox')
  const { data } = useNumbers()
  const numbers = data?.filter((each) => each.status === 'connected') ?? []
  const [typed, setTyped] = useState(search)
  const later = useDebouncedCallback(onSearch, SEARCH_WAIT_MS)
  const write = (text: string) => {
    setTyped(text)
    later(text.trim())
  }
  return (
    <div className={classes.header}>
      <div className={classes.title}>
        <h1>{t('list.title')}</h1>
        <Tooltip label={t('new.title')}>
          <ActionIcon aria-label={t('new.title')} onClick={onNew}>
            <IconMessagePlus size={21} stroke={1.6} />
          </ActionIcon>
        </Tooltip>
      </div>
      <TextInput
        ref={searchRef}
        type="search"
        aria-label={t('list.search')}
        placeholder={t('list.search')}
        leftSection={<IconSearch size={16} />}
        rightSection={
          typed && (
            <ActionIcon size={26} aria-label={t('list.clear')} onClick={() => write('')}>
              <IconX size={16} />
            </ActionIcon>
          )
        }
        value={typed}
        onChange={(event) => write(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return
          write('')
          event.currentTarget.blur()
        }}
        classNames={{ input: classes.search }}
      />
      {numbers.length > 1 && (
        <Select
          size="xs"
          aria-label={t('list.number')}
          placeholder={t('list.allNumbers')}
          clearable
          data={numbers.map((each) => ({ value: each.id, label: `${each.display_name} · ${each.phone_formatted}` }))}
          value={number}
          onChange={onNumber}
        />
      )}
      <SegmentedControl
        fullWidth
        size="xs"
        aria-label={t('list.filter')}
        value={filter}
        onChange={(value) => onFilter(value)}
        data={(['all', 'unread', 'closed'] as const).map((value) => ({ value, label: t(`filter.${value}`) }))}
      />
    </div>
  )
}
