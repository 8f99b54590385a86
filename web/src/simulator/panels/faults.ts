/** Which faults are on, and the two settings most people want at once. */
import type { Faults } from '../control/types'

export const NO_FAULTS: Faults = {
  webhook_delay_ms: [0, 0],
  duplicate: 0,
  reorder: false,
  batch_max: 1,
  drop_then_retry: 0,
  http_5xx: 0,
  slow_ms: 0,
  rate_limit_per_second: null,
  undeliverable: 0,
  mode_131047: 'async',
  lost_answers: 0,
  template_review_s: 3,
  pair_limit: true,
}

export const BAD_DAY: Faults = {
  ...NO_FAULTS,
  webhook_delay_ms: [200, 4_000],
  duplicate: 0.3,
  reorder: true,
  batch_max: 20,
  drop_then_retry: 0.2,
  http_5xx: 0.1,
  lost_answers: 0.05,
  slow_ms: 800,
}

/** How many switches stand away from calm. Batching, review and the way 131047 is told are manners, not faults. */
export function countFaults(faults: Faults): number {
  return [
    faults.webhook_delay_ms[1] > 0,
    faults.duplicate > 0,
    faults.reorder,
    faults.drop_then_retry > 0,
    faults.http_5xx > 0,
    faults.lost_answers > 0,
    faults.slow_ms > 0,
    faults.rate_limit_per_second !== null,
    faults.undeliverable > 0,
  ].filter(Boolean).length
}
