// Unsent words of each chat, kept through a reload and a session that ended; gone once somebody signs out.
const PREFIX = 'hobnob.draft.'

export const drafts = {
  read: (chatId: string): string => localStorage.getItem(PREFIX + chatId) ?? '',
  write(chatId: string, text: string): void {
    try {
      if (text) localStorage.setItem(PREFIX + chatId, text)
      else localStorage.removeItem(PREFIX + chatId)
    } catch {
      // The browser's store is full: the words are on the page all the same, only a reload loses them.
    }
  },
  forgetAll(): void {
    for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key)
  },
}
