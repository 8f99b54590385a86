// The frame of the pages before the dashboard: name, promise, one form, language.
import { Paper, SegmentedControl, Stack, Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { changeLanguage, isLanguage, languages } from '../../i18n'
import classes from './Session.module.css'

export function SessionCard({ title, text, children, foot }: { title: string; text: string; children: ReactNode; foot: ReactNode }) {
  const { t, i18n } = useTranslation('session')
  return (
    <main className={classes.page}>
      <div className={classes.column}>
        <div className={classes.brand}>
          <img src="/favicon.svg" alt="" width={36} height={36} />
          <span>Hobnob</span>
        </div>
        <Paper className={classes.card}>
          <Stack gap="md">
            <div>
              <Title order={1} size="h3">
                {title}
              </Title>
              <Text c="dimmed" size="sm" mt={4}>
                {text}
              </Text>
            </div>
            {children}
          </Stack>
        </Paper>
        <div className={classes.foot}>{foot}</div>
        <SegmentedControl
          className={classes.languages}
          size="xs"
          aria-label={t('language')}
          value={i18n.language}
          onChange={(code) => void (isLanguage(code) && changeLanguage(code))}
          data={languages.map((language) => ({ value: language.code, label: language.name }))}
        />
      </div>
    </main>
  )
}
