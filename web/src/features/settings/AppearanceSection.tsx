// Language and theme; both hold at once.
import { SegmentedControl, Select, Text, useMantineColorScheme } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { speak } from '../../app/speak'
import { isLanguage, languages } from '../../i18n'
import { Section } from './Section'

const schemes = ['auto', 'light', 'dark'] as const

export function AppearanceSection() {
  const { t, i18n } = useTranslation('settings')
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  return (
    <Section title={t('appearance.title')}>
      <Select
        label={t('appearance.language')}
        data={languages.map((language) => ({ value: language.code, label: language.name }))}
        value={i18n.language}
        allowDeselect={false}
        onChange={(code) => void (isLanguage(code) && speak(code))}
      />
      <div>
        <Text size="sm" fw={500} id="theme-label" mb={4}>
          {t('appearance.theme')}
        </Text>
        <SegmentedControl
          aria-labelledby="theme-label"
          value={colorScheme}
          onChange={(value) => setColorScheme(value)}
          data={schemes.map((value) => ({ value, label: t(`appearance.${value}`) }))}
        />
      </div>
    </Section>
  )
}
