// A first guess at the country of a number: the account's time zone where it names one, else the browser's region.
const zones: Record<string, string> = {
  'Europe/Madrid': 'ES',
  'Europe/London': 'GB',
  'Europe/Paris': 'FR',
  'Europe/Berlin': 'DE',
  'Europe/Rome': 'IT',
  'Asia/Kolkata': 'IN',
  'Asia/Calcutta': 'IN',
  'America/Sao_Paulo': 'BR',
  'America/Mexico_City': 'MX',
  'America/Bogota': 'CO',
  'America/New_York': 'US',
  'America/Los_Angeles': 'US',
}

export function homeCountry(timeZone: string): string {
  return zones[timeZone] ?? new Intl.Locale(navigator.language).region ?? 'US'
}
