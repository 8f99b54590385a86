// The inbox: list, thread, customer. Under 900 px they are a stack with back.
import { useLocalStorage, useMediaQuery } from '@mantine/hooks'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useMemo, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { useChats, useMe } from '../../api/queries'
import type { ChatFilter } from '../../api/types'
import { useKeys } from '../../ui/useKeys'
import { ChatPane } from './ChatPane'
import { ChatList } from './list/ChatList'
import { ListHeader } from './list/ListHeader'
import { NewChatDialog } from './NewChatDialog'
import { NoChat } from './NoChat'
import { Lightbox } from './thread/Lightbox'
import { kept } from './kept'
import { useTitle } from './useTitle'
import classes from './Inbox.module.css'

export function InboxPage() {
  const { t } = useTranslation('inbox')
  const navigate = useNavigate()
  const { chatId } = useParams({ strict: false })
  const search = useSearch({ from: '/frame/chats' })
  const filter: ChatFilter = search.filter ?? 'all'
  const query = useChats({ filter, ...(search.number && { number_id: search.number }), ...(search.q && { q: search.q }) })
  const chats = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data])
  const searchBox = useRef<HTMLInputElement>(null)
  const wide = useMediaQuery('(min-width: 1280px)', true)
  const [panelWide, setPanelWide] = useLocalStorage({ key: 'hobnob.panel', defaultValue: true, getInitialValueInEffect: false })
  const me = useMe()
  useTitle(chats, me.account.name)

  const open = (id: string) => void navigate({ to: '/chats/$chatId', params: { chatId: id }, search: kept(search) })
  const move = (step: number) => {
    const index = chats.findIndex((chat) => chat.id === chatId)
    const next = chats[index === -1 ? 0 : Math.max(0, Math.min(chats.length - 1, index + step))]
    if (!next) return
    // The focus does not stay behind on a row that is no longer the open one: Enter would press that one.
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur()
    open(next.id)
  }
  const narrow = (change: { filter?: ChatFilter; q?: string; number?: string | undefined }) =>
    void navigate({ to: '.', search: (old: Record<string, unknown>) => ({ ...old, ...change, ...(change.q === '' && { q: undefined }) }), replace: true })
  const startChat = (shown: boolean) => void navigate({ to: '.', search: (old: Record<string, unknown>) => ({ ...old, new: shown || undefined }), replace: true })
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    '/': () => searchBox.current?.focus(),
    n: () => startChat(true),
    Escape: () => void (chatId && navigate({ to: '/chats', search: kept(search) })),
  })
  return (
    <main className={classes.inbox} data-deep={chatId ? true : undefined}>
      <section className={classes.list} aria-label={t('list.title')}>
        <ListHeader filter={filter} search={search.q ?? ''} number={search.number ?? null} searchRef={searchBox} onFilter={(value) => narrow({ filter: value })} onSearch={(q) => narrow({ q })} onNumber={(number) => narrow({ number: number ?? undefined })} onNew={() => startChat(true)} />
        <ChatList key={`${filter} ${search.number ?? ''} ${search.q ?? ''}`} query={query} chats={chats} selected={chatId} narrowed={filter !== 'all' || Boolean(search.q ?? search.number)} />
      </section>
      {chatId ? <ChatPane key={chatId} chatId={chatId} wide={wide} panelWide={panelWide} onPanelWide={setPanelWide} /> : <NoChat empty={chats.length === 0} />}
      {search.new && <NewChatDialog onClose={() => startChat(false)} />}
      <Lightbox />
    </main>
  )
}
