// Every page has its own address.
import { Outlet, createRootRoute, createRoute, createRouter } from '@tanstack/react-router'
import { BillingPage } from '../features/billing/BillingPage'
import { Frame } from './Frame'

const rootRoute = createRootRoute({ component: Outlet })
const frameRoute = createRoute({ getParentRoute: () => rootRoute, id: 'frame', component: Frame })
const billingRoute = createRoute({ getParentRoute: () => frameRoute, path: '/billing', component: BillingPage })

export const router = createRouter({ routeTree: rootRoute.addChildren([frameRoute.addChildren([billingRoute])]) })

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
