// The pages of billing, in the order of their tabs. A page without its backend is left out here.
export const billingPages = [
  { name: 'home', to: '/billing' },
  { name: 'plan', to: '/billing/plan' },
  { name: 'whatIf', to: '/billing/what-if' },
  { name: 'invoices', to: '/billing/invoices' },
  { name: 'payments', to: '/billing/payments' },
  { name: 'reconciliation', to: '/billing/reconciliation' },
] as const
