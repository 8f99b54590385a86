// The list of chats: searched, filtered, virtualised, loaded by key as it is scrolled.
import { Button, Loader, Skeleton, Stack, Text } from '@mantine/core'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { useChats } from '../../../api/queries'
import { useMe, useNumbers } from '../../../api/queries'
import type { Chat } from '../../../api/types'
import { sentence } from '../../../ui/sentence'
import { ChatRow } from './ChatRow'
import classes from './ChatList.module.css'
import { ButtonLink } from '../../../ui/links'

const ROW_PX = 72
const OVERSCAN_ROWS = 8

interface Props {
  query: ReturnType<typeof useChats>
  chats: Chat[]
  selected: string | undefined
  narrowed: boolean
}

export function ChatList({ query, chats, selected, narrowed }: Props) {
  const { t } = useTranslation('inbox')
  const scroller = useRef<HTMLDivElement>(null)
  // eslint-disable-next-line react-hooks/incompatible-library -- nothing here is memoised by the compiler
  const virtualizer = useVirtualizer({
    count: chats.length + (query.hasNextPage ? 1 : 0),
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: OVERSCAN_ROWS,
    getItemKey: (index) => chats[index]?.id ?? 'more',
  })
  const rows = virtualizer.getVirtualItems()
  const reached = (rows.at(-1)?.index ?? 0) >= chats.length - 1
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query
  useEffect(() => {
    if (reached && hasNextPage && !isFetchingNextPage) void fetchNextPage()
  }, [reached, hasNextPage, isFetchingNextPage, fetchNextPage])
  const index = chats.findIndex((chat) => chat.id === selected)
  useEffect(() => {
    if (index >= 0) virtualizer.scrollToIndex(index, { align: 'auto' })
  }, [selected]) // eslint-disable-line react-hooks/exhaustive-deps -- only a new choice scrolls, not a list that moved

  if (query.isPending) return <ListSkeleton />
  if (query.isError && chats.length === 0) {
    return (
      <Stack align="center" p="lg" gap="xs" role="alert">
        <Text ta="center">{sentence(query.error, t('failure.unreachable'))}</Text>
        <Button variant="default" onClick={() => void query.refetch()}>
          {t('thread.retry')}
        </Button>
      </Stack>
    )
  }
  if (chats.length === 0) return narrowed ? <NothingFound /> : <FirstRun />
  return (
    <div ref={scroller} className={classes.scroller} role="list" aria-label={t('list.label')} aria-busy={query.isFetching}>
      <div style={{ height: virtualizer.getTotalSize(), position: 'relative' }}>
        {rows.map((row) => {
          const chat = chats[row.index]
          return (
            <div key={row.key} role="listitem" className={classes.slot} style={{ height: row.size, transform: `translateY(${row.start}px)` }}>
              {chat ? <ChatRow chat={chat} selected={chat.id === selected} /> : <Loader size="xs" className={classes.loader} aria-label={t('list.loading')} />}
            </div>
          )
        })}
      </div>
    </div>
  )
}

function ListSkeleton() {
  const { t } = useTranslation('inbox')
  return (
    <div className={classes.scroller} role="status" aria-label={t('list.loading')}>
      {Array.from({ length: 9 }, (_, index) => (
        <div key={index} className={classes.skeleton}>
          <Skeleton circle height={44} />
          <div>
            <Skeleton height={12} width={`${45 + ((index * 17) % 30)}%`} />
            <Skeleton height={10} mt={10} width={`${60 + ((index * 23) % 35)}%`} />
          </div>
        </div>
      ))}
    </div>
  )
}

function NothingFound() {
  const { t } = useTranslation('inbox')
  return (
    <Stack align="center" p="lg" gap={4} ta="center">
      <Text fw={600}>{t('list.nothing')}</Text>
      <Text c="dimmed" size="sm">
        {t('list.nothingHint')}
      </Text>
    </Stack>
  )
}

/** The one next thing for an account without chats: bring a number, or write to it. */
function FirstRun() {
  const { t } = useTranslation('inbox')
  const me = useMe()
  const { data: numbers = [] } = useNumbers()
  const connected = numbers.find((number) => number.status === 'connected')
  const begun = numbers.find((number) => number.status !== 'connected')
  return (
    <Stack align="center" p="lg" gap="xs" ta="center">
      <Text fw={600}>{connected ? t('first.quiet') : t('first.title')}</Text>
      <Text c="dimmed" size="sm">
        {connected ? t('first.quietText', { phone: connected.phone_formatted }) : t('first.text')}
      </Text>
      {connected && me.simulator_url && (
        <Button component="a" href={me.simulator_url} target="_blank" rel="noreferrer">
          {t('first.simulator')}
        </Button>
      )}
      {!connected && begun && (
        <ButtonLink to="/numbers/$numberId" params={{ numberId: begun.id }}>
          {t('first.goOn')}
        </ButtonLink>
      )}
      {!connected && !begun && (
        <ButtonLink to="/numbers/new">{t('first.bring')}</ButtonLink>
      )}
    </Stack>
  )
}
