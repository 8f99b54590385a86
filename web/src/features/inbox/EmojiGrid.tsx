// A small set of emoji: enough to react with; the keyboard of the system has the rest.
import { UnstyledButton } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import classes from './EmojiGrid.module.css'

const common = [...new Intl.Segmenter().segment('👍❤️😂😮😢🙏😊😍🎉🔥👏✅🙌💪🤝👋😀😉😎🤔😅🥰😘🤗😴😭😡👌👀💛💚💙🌙⭐☀️🎁📦🚚🛒💳')].map((part) => part.segment)

export function EmojiGrid({ chosen, onPick }: { chosen?: string | undefined; onPick: (emoji: string) => void }) {
  const { t } = useTranslation('inbox')
  return (
    <div className={classes.grid} role="group" aria-label={t('emoji')}>
      {common.map((emoji) => (
        <UnstyledButton key={emoji} className={classes.emoji} aria-label={emoji} aria-pressed={emoji === chosen} onClick={() => onPick(emoji)}>
          {emoji}
        </UnstyledButton>
      ))}
    </div>
  )
}
