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
  if (wallet.available_micros <= 0) return { key: isFresh(wallet) ? 'fresh' : 'empty' }
  if (wallet.runway_days === null) return { key: 'unknown' }
  if (wallet.runway_days < 1) return { key: 'underOne' }
  return wallet.runway_days > LONG_DAYS ? { key: 'long' } : { key: 'days', count: Math.floor(wallet.runway_days) }
}

/** Nothing there, nothing spent: an account that never had credit is not low, only new. */
const isFresh = (wallet: Pick<Wallet, 'available_micros' | 'runway_days' | 'blocks'>): boolean =>
  wallet.available_micros === 0 && wallet.blocks.length === 0 && wallet.runway_days === null

export const isLow = (wallet: Wallet): boolean => wallet.available_micros < wallet.low_balance_micros && !isFresh(wallet)
