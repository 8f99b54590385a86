// A message's words in a bubble, with WhatsApp's marks, in the direction they were written.
import { RichText } from '../../features/inbox/RichText'
import classes from './phone.module.css'

export function FormattedText({ text }: { text: string }) {
  return (
    <span className={classes.words} dir="auto">
      <RichText text={text} />
    </span>
  )
}
