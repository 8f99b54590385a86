// The box a picture gets before it has arrived, so that nothing moves when it does. Pure.
export const BOX_WIDTH_PX = 320
const BOX_HEIGHT_MAX_PX = 380
const BOX_WIDTH_MIN_PX = 160
const UNKNOWN = { width: 320, height: 240 }

export function boxOf(width: number | null, height: number | null): { width: number; height: number } {
  if (!width || !height) return UNKNOWN
  const scale = Math.min(BOX_WIDTH_PX / width, BOX_HEIGHT_MAX_PX / height)
  return { width: Math.max(BOX_WIDTH_MIN_PX, Math.round(width * scale)), height: Math.round(height * scale) }
}
