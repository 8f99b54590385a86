// Every page has its own address. Signed-in pages stand in the frame, which loads the agent first. The inbox comes with the
// app; the other rooms are fetched when they are entered.
import { Outlet, createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router'
import { ApiError, whenSignedOut } from '../api/http'
import { queryClient } from '../api/queryClient'
import { meQuery } from '../api/queries'
import { paymentsSearch } from '../features/billing/payments/search'
import { reconciliationSearch } from '../features/billing/reconciliation/search'
import { billingSearch } from '../features/billing/search'
import { InboxPage } from '../features/inbox/InboxPage'
import { whatIfSearch } from '../features/whatif/search'
import { Frame } from './Frame'
import { Broken, NotFound } from './Pages'
import { leave, whenLeaving } from './session'

const rootRoute = createRootRoute({ component: Outlet, notFoundComponent: NotFound })
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)
/** Only addresses of this site may be gone back to. */
const inside = (value: unknown): string | undefined => (text(value)?.startsWith('/') && !text(value)?.startsWith('//') ? text(value) : undefined)

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: (search): { next?: string | undefined } => ({ next: inside(search.next) }),
  component: lazyRouteComponent(() => import('../features/session/SignInPage'), 'SignInPage'),
})
const signUpRoute = createRoute({ getParentRoute: () => rootRoute, path: '/sign-up', component: lazyRouteComponent(() => import('../features/session/SignUpPage'), 'SignUpPage') })

const frameRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'frame',
  component: Frame,
  errorComponent: Broken,
  beforeLoad: async ({ location }) => {
    await queryClient.query({ ...meQuery, staleTime: 'static' }).catch((error: unknown) => {
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- the router's way to redirect
      if (error instanceof ApiError && error.code === 'not_signed_in') throw redirect({ to: '/sign-in', search: { next: location.href } })
      throw error
    })
  },
})
const homeRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/',
  beforeLoad: () => {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- the router's way to redirect
    throw redirect({ to: '/chats', replace: true })
  },
})

const filters = ['all', 'unread', 'closed'] as const
export interface InboxSearch {
  filter?: (typeof filters)[number] | undefined
  q?: string | undefined
  number?: string | undefined
  message?: string | undefined
  new?: boolean | undefined
}
const chatsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/chats',
  component: InboxPage,
  validateSearch: (search): InboxSearch => ({
    filter: filters.find((filter) => filter === search.filter),
    q: text(search.q),
    number: text(search.number),
    message: text(search.message),
    new: search.new === true ? true : undefined,
  }),
})
const chatRoute = createRoute({ getParentRoute: () => chatsRoute, path: '$chatId' })
const billingRoute = createRoute({ getParentRoute: () => frameRoute, path: '/billing', component: lazyRouteComponent(() => import('../features/billing/BillingPage'), 'BillingPage'), validateSearch: billingSearch })
const planRoute = createRoute({ getParentRoute: () => frameRoute, path: '/billing/plan', component: lazyRouteComponent(() => import('../features/plans/PlanPage'), 'PlanPage') })
const whatIfRoute = createRoute({ getParentRoute: () => frameRoute, path: '/billing/what-if', component: lazyRouteComponent(() => import('../features/whatif/WhatIfPage'), 'WhatIfPage'), validateSearch: whatIfSearch })
const invoicesRoute = createRoute({ getParentRoute: () => frameRoute, path: '/billing/invoices', component: lazyRouteComponent(() => import('../features/invoices/InvoicesPage'), 'InvoicesPage') })
const invoiceRoute = createRoute({ getParentRoute: () => frameRoute, path: '/billing/invoices/$invoiceId', component: lazyRouteComponent(() => import('../features/invoices/InvoicePage'), 'InvoicePage') })
const paymentsRoute = createRoute({ getParentRoute: () => frameRoute, path: '/billing/payments', component: lazyRouteComponent(() => import('../features/billing/payments/PaymentsPage'), 'PaymentsPage'), validateSearch: paymentsSearch })
const reconciliationRoute = createRoute({ getParentRoute: () => frameRoute, path: '/billing/reconciliation', component: lazyRouteComponent(() => import('../features/billing/reconciliation/ReconciliationPage'), 'ReconciliationPage'), validateSearch: reconciliationSearch })
const numbersRoute = createRoute({ getParentRoute: () => frameRoute, path: '/numbers', component: lazyRouteComponent(() => import('../features/numbers/NumbersPage'), 'NumbersPage') })
const newNumberRoute = createRoute({ getParentRoute: () => frameRoute, path: '/numbers/new', component: lazyRouteComponent(() => import('../features/numbers/NewNumberPage'), 'NewNumberPage') })
const numberRoute = createRoute({ getParentRoute: () => frameRoute, path: '/numbers/$numberId', component: lazyRouteComponent(() => import('../features/numbers/NumberPage'), 'NumberPage') })
const templatesRoute = createRoute({ getParentRoute: () => frameRoute, path: '/templates', component: lazyRouteComponent(() => import('../features/templates/TemplatesPage'), 'TemplatesPage') })
const settingsRoute = createRoute({ getParentRoute: () => frameRoute, path: '/settings', component: lazyRouteComponent(() => import('../features/settings/SettingsPage'), 'SettingsPage') })

const routeTree = rootRoute.addChildren([
  signInRoute,
  signUpRoute,
  frameRoute.addChildren([
    homeRoute,
    chatsRoute.addChildren([chatRoute]),
    numbersRoute,
    newNumberRoute,
    numberRoute,
    templatesRoute,
    billingRoute,
    planRoute,
    whatIfRoute,
    invoicesRoute,
    invoiceRoute,
    paymentsRoute,
    reconciliationRoute,
    settingsRoute,
  ]),
])

export const router = createRouter({ routeTree, defaultErrorComponent: Broken, defaultNotFoundComponent: NotFound, defaultPreload: false })

const outside = ['/sign-in', '/sign-up']
whenLeaving(() => {
  if (outside.includes(router.state.location.pathname)) return
  void router.navigate({ to: '/sign-in', search: { next: router.state.location.href } })
})
whenSignedOut(leave)

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
