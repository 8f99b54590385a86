// Who sees invoices and what they are reckoned from.
import { useMe } from '../../api/queries'

export const useSeesMoney = (): boolean => ['owner', 'admin'].includes(useMe().agent.role)
