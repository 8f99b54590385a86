/** Ready-made things a customer might send, and files drawn on the spot so that trying them needs none at hand. */
import { control } from '../control/client'
import type { CustomerMessage } from '../control/types'

export type Outgoing = Omit<CustomerMessage, 'to'>

export const AD_REFERRAL: Record<string, string> = {
  source_url: 'https://example.com/ad/diwali',
  source_id: '120208',
  source_type: 'ad',
  headline: 'Festival sale: 20% off silk',
  body: 'Chat with us to order',
  ctwa_clid: 'ARAkLkA8rmlFeiCktEJQ',
}

const LOCATION = { latitude: 19.0178, longitude: 72.8478, name: 'Shivaji Park', address: 'Dadar West, Mumbai 400028' }

const CONTACT = {
  name: { formatted_name: 'Rahul Menon', first_name: 'Rahul', last_name: 'Menon' },
  phones: [{ phone: '+91 98200 12345', wa_id: '919820012345', type: 'CELL' }],
}

const ORDER = {
  catalog_id: '194836987003835',
  text: 'Please gift wrap',
  product_items: [
    { product_retailer_id: 'SILK-BLUE', quantity: 2, item_price: 4999, currency: 'INR' },
    { product_retailer_id: 'BANGLE-S', quantity: 1, item_price: 349.5, currency: 'INR' },
  ],
}

export const presets = {
  location: (): Outgoing => ({ type: 'location', location: LOCATION }),
  contact: (): Outgoing => ({ type: 'contacts', contacts: [CONTACT] }),
  order: (): Outgoing => ({ type: 'order', order: ORDER }),
  // Without a file the simulator takes a small one of its own.
  voice: (): Outgoing => ({ type: 'audio', audio: { voice: true } }),
  video: (): Outgoing => ({ type: 'video', video: {} }),
  document: (): Outgoing => ({ type: 'document', document: { filename: 'measurements.pdf' } }),
  poll: (): Outgoing => ({ type: 'unsupported', unsupported: { type: 'poll' } }),
  picture: async (): Promise<Outgoing> => fileMessage(await drawn('🛍️', 'image/jpeg', 'photo.jpg')),
  sticker: async (): Promise<Outgoing> => {
    const { id } = await control.uploadMedia(await drawn('🥳', 'image/webp', 'sticker.webp'))
    return { type: 'sticker', sticker: { id, animated: false } }
  },
}

/** Which of WhatsApp's kinds a file is sent as. */
export function kindOfFile(mimeType: string): 'image' | 'video' | 'audio' | 'document' {
  if (mimeType === 'image/jpeg' || mimeType === 'image/png') return 'image'
  if (mimeType.startsWith('video/')) return 'video'
  if (mimeType.startsWith('audio/')) return 'audio'
  return 'document'
}

export async function fileMessage(file: File, caption?: string): Promise<Outgoing> {
  const { id } = await control.uploadMedia(file)
  const kind = kindOfFile(file.type)
  if (kind === 'audio') return { type: kind, audio: { id, voice: file.type.startsWith('audio/ogg') } }
  const said = caption ? { caption } : {}
  return { type: kind, [kind]: kind === 'document' ? { id, filename: file.name, ...said } : { id, ...said } }
}

/** A square with an emoji on it: transparent for a sticker, on a warm ground for a photo. */
async function drawn(emoji: string, mimeType: 'image/jpeg' | 'image/webp', name: string): Promise<File> {
  const side = mimeType === 'image/webp' ? 512 : 960
  const canvas = document.createElement('canvas')
  canvas.width = side
  canvas.height = side
  const paint = canvas.getContext('2d')
  if (!paint) throw new Error('This browser cannot draw')
  if (mimeType === 'image/jpeg') {
    const ground = paint.createLinearGradient(0, 0, side, side)
    ground.addColorStop(0, '#f6d9a8')
    ground.addColorStop(1, '#c9825b')
    paint.fillStyle = ground
    paint.fillRect(0, 0, side, side)
  }
  paint.font = `${side * 0.6}px sans-serif`
  paint.textAlign = 'center'
  paint.textBaseline = 'middle'
  paint.fillText(emoji, side / 2, side * 0.54)
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, mimeType, 0.85))
  if (!blob) throw new Error('This browser cannot draw')
  return new File([blob], name, { type: mimeType })
}
