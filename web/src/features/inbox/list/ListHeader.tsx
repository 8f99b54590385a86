// Above the list: title, a new chat, the search, the filter.
import { ActionIcon, SegmentedControl, TextInput, Tooltip } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconMessagePlus, IconSearch, IconX } from '@tabler/icons-react'
import { useState, type Ref } from 'react'
import { useTranslation } from 'react-i18next'
import type { ChatFilter } from '../../../api/types'
import classes from './ChatList.module.css'

const SEARCH_WAIT_MS = 200

interface Props {
  filter: ChatFilter
  search: string
  searchRef: Ref<HTMLInputElement>
  onFilter: (filter: ChatFilter) => void
  onSearch: (search: string) => void
  onNew: () => void
}

export function ListHeader({ filter, search, searchRef, onFilter, onSearch, onNew }: Props) {
  const { t } = useTranslation('inbox')
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
