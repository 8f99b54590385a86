// How long the balance lasts, said as an owner would ask. Pure.
import type { Wallet } from '../../api/types'

export type Runway =
  | { key: 'fresh' }
  | { key: 'empty' }
  | { key: 'unknown' }
  | { key: 'underOne' }
  | { key: 'days'; count: number }
  | { key: 'long' }

const LONG_DAYS = 365

export function runway(wallet: Pick<Wallet, 'available_micros' | 'runway_days' | 'blocks'>): Runway {
  if (wallet.available_micros <= 0) return { key: wallet.blocks.length === 0 ? 'fresh' : 'empty' }
  if (wallet.runway_days === null) return { key: 'unknown' }
  if (wallet.runway_days < 1) return { key: 'underOne' }
  return wallet.runway_days > LONG_DAYS ? { key: 'long' } : { key: 'days', count: Math.floor(wallet.runway_days) }
}

/** An account that never had credit is not low, only new. */
export const isLow = (wallet: Wallet): boolean => wallet.blocks.length > 0 && wallet.available_micros < wallet.low_balance_micros
