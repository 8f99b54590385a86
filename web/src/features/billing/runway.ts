// How long the balance lasts, said as an owner would ask. Pure.
import type { Wallet } from '../../api/types'

export type Runway =
  | { key: 'empty' }
  | { key: 'unknown' }
  | { key: 'underOne' }
  | { key: 'days'; count: number }
  | { key: 'long' }

const LONG_DAYS = 365

export function runway(wallet: Pick<Wallet, 'available_micros' | 'runway_days'>): Runway {
  if (wallet.available_micros <= 0) return { key: 'empty' }
  if (wallet.runway_days === null) return { key: 'unknown' }
  if (wallet.runway_days < 1) return { key: 'underOne' }
  return wallet.runway_days > LONG_DAYS ? { key: 'long' } : { key: 'days', count: Math.floor(wallet.runway_days) }
}

export const isLow = (wallet: Wallet): boolean => wallet.available_micros < wallet.low_balance_micros
