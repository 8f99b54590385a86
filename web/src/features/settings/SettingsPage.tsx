// The agent's own settings, and what the account keeps for a second look.
import { Page } from '../../ui/Page'
import { useTranslation } from 'react-i18next'
import { AppearanceSection } from './AppearanceSection'
import { ProfileSection } from './ProfileSection'
import { QuarantineSection } from './QuarantineSection'
import { SessionsSection } from './SessionsSection'

export function SettingsPage() {
  const { t } = useTranslation('settings')
  return (
    <Page title={t('title')} narrow>
      <ProfileSection />
      <AppearanceSection />
      <SessionsSection />
      <QuarantineSection />
    </Page>
  )
}
