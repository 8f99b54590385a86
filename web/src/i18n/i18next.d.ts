// Lets the compiler know every key, so that a missing string is a type error.
import 'i18next'
import type app from './locales/en/app.json'
import type billing from './locales/en/billing.json'
import type inbox from './locales/en/inbox.json'
import type invoices from './locales/en/invoices.json'
import type numbers from './locales/en/numbers.json'
import type payments from './locales/en/payments.json'
import type plans from './locales/en/plans.json'
import type reconciliation from './locales/en/reconciliation.json'
import type session from './locales/en/session.json'
import type settings from './locales/en/settings.json'
import type simulator from './locales/en/simulator.json'
import type spend from './locales/en/spend.json'
import type templates from './locales/en/templates.json'
import type whatif from './locales/en/whatif.json'

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'app'
    resources: {
      app: typeof app
      billing: typeof billing
      inbox: typeof inbox
      invoices: typeof invoices
      numbers: typeof numbers
      payments: typeof payments
      plans: typeof plans
      reconciliation: typeof reconciliation
      session: typeof session
      settings: typeof settings
      simulator: typeof simulator
      spend: typeof spend
      templates: typeof templates
      whatif: typeof whatif
    }
  }
}
