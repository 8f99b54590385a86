// The agent's own settings, and what the account keeps for a second look.
import { useMe } from '../../api/queries'
import { Page } from '../../ui/Page'
import { useTranslation } from 'react-i18next'
import { AppearanceSection } from './AppearanceSection'
import { ProfileSection } from './ProfileSection'
import { QuarantineSection } from './QuarantineSection'
import { SandboxSection } from './SandboxSection'
import { SessionsSection } from './SessionsSection'

export function SettingsPage() {
  const { t } = useTranslation('settings')
  const { sandbox } = useMe().account
  return (
    <Page title={t('title')} narrow>
      <ProfileSection />
      <AppearanceSection />
      <SessionsSection />
      {sandbox && <SandboxSection />}
      <QuarantineSection />
    </Page>
  )
}
