// The foot of a list that goes on: loads by itself as it comes near, and says so when it cannot.
import { Button, Loader } from '@mantine/core'
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
