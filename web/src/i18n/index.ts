// Strings of every language live in locales/<language>/<room>.json. English ships with the app; others load when chosen.
import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'

type Strings = Record<string, unknown>

const english = import.meta.glob<Strings>('./locales/en/*.json', { eager: true, import: 'default' })
const others = import.meta.glob<Strings>(['./locales/*/*.json', '!./locales/en/*.json'], { import: 'default' })

export const languages = [
  { code: 'en', name: 'English' },
  { code: 'es', name: 'Español' },
] as const
export type Language = (typeof languages)[number]['code']

const room = (path: string) => path.split('/').at(-1)?.replace('.json', '') ?? path
const stored = 'hobnob.language'

export function isLanguage(code: string | null | undefined): code is Language {
  return languages.some((language) => language.code === code)
}

function preferred(): Language {
  const saved = localStorage.getItem(stored)
  if (isLanguage(saved)) return saved
  const browser = navigator.languages.map((tag) => tag.split('-')[0]).find(isLanguage)
  return browser ?? 'en'
}

async function speakIn(code: Language): Promise<void> {
  if (code !== 'en' && !i18next.hasResourceBundle(code, 'app')) {
    const files = Object.entries(others).filter(([path]) => path.includes(`/${code}/`))
    await Promise.all(files.map(async ([path, load]) => i18next.addResourceBundle(code, room(path), await load())))
  }
  document.documentElement.lang = code
  await i18next.changeLanguage(code)
}

/** What somebody chose in this browser. */
export async function changeLanguage(code: Language): Promise<void> {
  localStorage.setItem(stored, code)
  await speakIn(code)
}

/** What the agent chose elsewhere, unless something was chosen here. */
export async function adoptLanguage(code: string): Promise<void> {
  if (isLanguage(code) && !isLanguage(localStorage.getItem(stored))) await speakIn(code)
}

export async function startTranslations(): Promise<void> {
  const en = Object.fromEntries(Object.entries(english).map(([path, strings]) => [room(path), strings]))
  await i18next.use(initReactI18next).init({
    lng: 'en',
    fallbackLng: 'en',
    defaultNS: 'app',
    ns: Object.keys(en),
    resources: { en },
    interpolation: { escapeValue: false },
    returnNull: false,
  })
  await speakIn(preferred())
}

export default i18next
