// Finds the code in a verification SMS or voice call. Pure.
const CODE = /\b(\d{3})[- ]?(\d{3})\b/
const SPOKEN_CODE = /(?:\d[\s,.-]+){5}\d/

/** The six-digit code of a verification SMS or voice call, or null in any other text. */
export function oneTimeCode(body: string): string | null {
  const written = CODE.exec(body)
  if (written) return `${written[1]}${written[2]}`
  const spoken = SPOKEN_CODE.exec(body)
  return spoken ? spoken[0].replaceAll(/\D/g, '') : null
}
