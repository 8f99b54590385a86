// The foot of a list that goes on: loads by itself as it comes near, and says so when it cannot.
import { Button, Loader, Skeleton } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useEnd } from './useEnd'
import classes from './billing.module.css'

interface Pages {
  hasNextPage: boolean
  isFetchingNextPage: boolean
  isFetchNextPageError: boolean
  fetchNextPage: () => Promise<unknown>
}

export function Endless({ query }: { query: Pages }) {
  const { t } = useTranslation('billing')
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = query
  const end = useEnd(isFetchingNextPage, () => {
    if (hasNextPage && !isFetchNextPageError) void fetchNextPage()
  })
  return (
    <div ref={end} className={classes.end}>
      {isFetchingNextPage && <Loader size="sm" aria-label={t('loading')} />}
      {hasNextPage && !isFetchingNextPage && (
        <Button variant="subtle" onClick={() => void fetchNextPage()}>
          {isFetchNextPageError ? t('retry') : t('more')}
        </Button>
      )}
    </div>
  )
}

export function ListSkeleton() {
  return (
    <div aria-busy="true">
      {[0, 1, 2, 3, 4, 5].map((index) => (
        <div key={index} className={classes.rowSkeleton}>
          <Skeleton height={14} width={`${50 + ((index * 17) % 40)}%`} />
        </div>
      ))}
    </div>
  )
}
