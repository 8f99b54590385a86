// A face for a customer: letters on one of six quiet tints, always the same for the same person.
import type { CustomerBrief } from '../../api/types'
import { initials } from '../../ui/format'
import classes from './CustomerAvatar.module.css'

const TINTS = 6

function tint(id: string): number {
  let sum = 0
  for (let index = 0; index < id.length; index++) sum = (sum * 31 + id.charCodeAt(index)) % 9973
  return sum % TINTS
}

export function CustomerAvatar({ customer, size }: { customer: Pick<CustomerBrief, 'id' | 'name'>; size: number }) {
  return (
    <span className={classes.avatar} data-tint={tint(customer.id)} style={{ width: size, height: size, fontSize: Math.round(size * 0.36) }} aria-hidden>
      {initials(customer.name)}
    </span>
  )
}
