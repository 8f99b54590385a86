// The pages of billing, side by side under the title of each.
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { billingPages } from './pages'
import classes from './BillingNav.module.css'

export function BillingNav() {
  const { t } = useTranslation('plans')
  return (
    <nav className={classes.nav} aria-label={t('nav.label')}>
      {billingPages.map((page) => (
        <Link key={page.name} to={page.to} className={classes.link} activeOptions={{ exact: page.to === '/billing', includeSearch: false }}>
          {t(`nav.${page.name}`)}
        </Link>
      ))}
    </nav>
  )
}
