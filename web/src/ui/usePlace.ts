// Where texts are read: the agent's language and the account's time zone.
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { meQuery } from '../api/queries'
import type { Place } from './format'

export function usePlace(): Place {
  const { i18n } = useTranslation()
  const timeZone = useQuery({ ...meQuery, enabled: false }).data?.account.time_zone ?? 'UTC'
  return useMemo(() => ({ locale: regional(i18n.language), timeZone }), [i18n.language, timeZone])
}

/** The browser's own flavour of the language, where it has one: en-GB writes 14:02, en-US 2:02 PM. */
function regional(language: string): string {
  return navigator.languages.find((tag) => tag.split('-')[0] === language) ?? language
}
