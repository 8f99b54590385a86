// Lets the compiler know every key, so that a missing string is a type error.
import 'i18next'
import type app from './locales/en/app.json'
import type billing from './locales/en/billing.json'
import type inbox from './locales/en/inbox.json'
import type numbers from './locales/en/numbers.json'
import type session from './locales/en/session.json'
import type settings from './locales/en/settings.json'
import type simulator from './locales/en/simulator.json'
import type templates from './locales/en/templates.json'

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'app'
    resources: {
      app: typeof app
      billing: typeof billing
      inbox: typeof inbox
      numbers: typeof numbers
      session: typeof session
      settings: typeof settings
      simulator: typeof simulator
      templates: typeof templates
    }
  }
}
