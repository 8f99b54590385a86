// Unsent words of each chat, kept through a reload.
const PREFIX = 'hobnob.draft.'

export const drafts = {
  read: (chatId: string): string => localStorage.getItem(PREFIX + chatId) ?? '',
  write(chatId: string, text: string): void {
    if (text) localStorage.setItem(PREFIX + chatId, text)
    else localStorage.removeItem(PREFIX + chatId)
  },
}
