// The simulator's own page: phones side by side, the clock, the faults and the log.
import '@mantine/core/styles.css'
import '@mantine/notifications/styles.css'
import '../ui/theme.css'

import { MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { startTranslations } from '../i18n'
import { cssVariables, theme } from '../ui/theme'
import { ConfirmProvider } from './Confirm'
import { SimulatorPage } from './SimulatorPage'

await startTranslations()
const root = document.getElementById('root')
if (root) {
  createRoot(root).render(
    <StrictMode>
      <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
        <Notifications position="bottom-center" limit={3} />
        <ConfirmProvider>
          <SimulatorPage />
        </ConfirmProvider>
      </MantineProvider>
    </StrictMode>,
  )
}
