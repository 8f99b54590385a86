// The rooms of the rail, in its order. A letter takes the agent there after g.
import { IconCreditCard, IconDeviceMobile, IconMessageCircle, IconSettings, IconTemplate } from '@tabler/icons-react'

export const rooms = [
  { name: 'chats', to: '/chats', letter: 'c', icon: IconMessageCircle },
  { name: 'templates', to: '/templates', letter: 't', icon: IconTemplate },
  { name: 'billing', to: '/billing', letter: 'b', icon: IconCreditCard },
  { name: 'numbers', to: '/numbers', letter: 'n', icon: IconDeviceMobile },
  { name: 'settings', to: '/settings', letter: 's', icon: IconSettings },
] as const
