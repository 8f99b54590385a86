// What the address of the payments page says. Anything else is forgotten.
import { uuid } from '../search'

export interface PaymentsSearch {
  payment?: string | undefined
  top_up?: true | undefined
}

export const paymentsSearch = (search: Record<string, unknown>): PaymentsSearch => ({
  payment: uuid(search.payment),
  top_up: search.top_up === true ? true : undefined,
})
