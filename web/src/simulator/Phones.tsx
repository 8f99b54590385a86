// The row of phones; where there is room for one only, names above it choose which.
import { Button } from '@mantine/core'
import { IconDeviceMobilePlus } from '@tabler/icons-react'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { PhoneFrame } from './phone/PhoneFrame'
import { Avatar } from './phone/Avatar'
import { useSimulator } from './state/useSimulator'
import classes from './simulator.module.css'

interface Props {
  chosen: string | null
  onChoose: (phone: string) => void
  onAdd: () => void
  single: boolean
}

export function Phones({ chosen, onChoose, onAdd, single }: Props) {
  const { t } = useTranslation('simulator')
  const { phones: all, chats } = useSimulator().page
  // Customers first: the SIM cards of businesses only matter while a code is awaited.
  const phones = [...all].sort((a, b) => Number(a.is_business) - Number(b.is_business))
  const current = phones.find((phone) => phone.phone === chosen) ?? phones[0]
  const row = useRef<HTMLDivElement>(null)

  // A phone just added stands at the end of the row; bring it into view.
  useEffect(() => {
    if (!chosen) return
    row.current?.querySelector(`[data-phone="${CSS.escape(chosen)}"]`)?.scrollIntoView({ behavior: 'smooth', inline: 'center', block: 'nearest' })
  }, [chosen, single, phones.length])

  if (!current) {
    return (
      <div className={classes.noPhones}>
        <h2>{t('page.no_phones')}</h2>
        <p>{t('page.no_phones_help')}</p>
        <Button leftSection={<IconDeviceMobilePlus size={18} />} onClick={onAdd}>{t('add.title')}</Button>
      </div>
    )
  }
  if (!single) {
    return (
      <div className={classes.row} ref={row}>
        {phones.map((phone) => (
          <div key={phone.user_id} data-phone={phone.phone} className={classes.cell}><PhoneFrame phone={phone} /></div>
        ))}
      </div>
    )
  }
  const unread = (phone: string) => (chats[phone] ?? []).reduce((sum, chat) => sum + chat.unread, 0)
  return (
    <div className={classes.single}>
      <div className={classes.chooser} role="tablist" aria-label={t('page.phones')} ref={row}>
        {phones.map((phone) => (
          <button key={phone.user_id} type="button" role="tab" aria-selected={phone === current} data-phone={phone.phone} className={classes.choice} onClick={() => onChoose(phone.phone)}>
            <span className={classes.choiceFace}>
              <Avatar name={phone.name} size={40} />
              {unread(phone.phone) > 0 && <span className={classes.choiceDot} />}
            </span>
            <span dir="auto">{phone.name}</span>
          </button>
        ))}
      </div>
      <PhoneFrame key={current.user_id} phone={current} />
    </div>
  )
}
