// What else a customer can send: a file of yours, or something ready-made.
import { ActionIcon, Menu } from '@mantine/core'
import { IconAd2, IconChartBar, IconFile, IconFileUpload, IconMapPin, IconMicrophone, IconPhoto, IconPlus, IconShoppingCart, IconSticker, IconUser, IconVideo } from '@tabler/icons-react'
import { useRef, type ChangeEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { fileMessage, presets, type Outgoing } from './presets'

interface Props {
  disabled: boolean
  onSend: (outgoing: Outgoing | Promise<Outgoing>) => Promise<boolean>
  onFromAd: () => void
}

export function AttachMenu({ disabled, onSend, onFromAd }: Props) {
  const { t } = useTranslation('simulator')
  const picker = useRef<HTMLInputElement>(null)
  const upload = (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.currentTarget.files?.[0]
    if (file) void onSend(fileMessage(file))
    // Emptied, so that the same file can be sent twice.
    event.currentTarget.value = ''
  }
  const items = [
    { icon: <IconPhoto size={18} />, label: t('attach.picture'), send: presets.picture },
    { icon: <IconSticker size={18} />, label: t('attach.sticker'), send: presets.sticker },
    { icon: <IconMicrophone size={18} />, label: t('attach.voice'), send: presets.voice },
    { icon: <IconVideo size={18} />, label: t('attach.video'), send: presets.video },
    { icon: <IconFile size={18} />, label: t('attach.document'), send: presets.document },
    { icon: <IconMapPin size={18} />, label: t('attach.location'), send: presets.location },
    { icon: <IconUser size={18} />, label: t('attach.contact'), send: presets.contact },
    { icon: <IconShoppingCart size={18} />, label: t('attach.order'), send: presets.order },
    { icon: <IconChartBar size={18} />, label: t('attach.poll'), send: presets.poll },
  ]
  return (
    <>
      <input ref={picker} type="file" hidden aria-label={t('attach.file')} onChange={upload} />
      <Menu position="top-start" disabled={disabled}>
        <Menu.Target>
          <ActionIcon size={38} radius="xl" aria-label={t('attach.open')} disabled={disabled}><IconPlus size={20} /></ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconFileUpload size={18} />} onClick={() => picker.current?.click()}>{t('attach.file')}</Menu.Item>
          {items.map((item) => (
            <Menu.Item key={item.label} leftSection={item.icon} onClick={() => void onSend(item.send())}>{item.label}</Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item leftSection={<IconAd2 size={18} />} onClick={onFromAd}>{t('attach.from_ad')}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  )
}
