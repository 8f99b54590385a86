// Unsent words of each chat, kept through a reload and a session that ended; gone once somebody signs out.
const PREFIX = 'hobnob.draft.'

export const drafts = {
  read: (chatId: string): string => localStorage.getItem(PREFIX + chatId) ?? '',
  write(chatId: string, text: string): void {
    if (text) localStorage.setItem(PREFIX + chatId, text)
    else localStorage.removeItem(PREFIX + chatId)
  },
  forgetAll(): void {
    for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key)
  },
}
