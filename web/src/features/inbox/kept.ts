// What narrows the list stays in the address while chats are opened and left.
import type { InboxSearch } from '../../app/router'

export const kept = ({ filter, number, q }: InboxSearch): InboxSearch => ({ filter, number, q })
