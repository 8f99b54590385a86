// A round picture made of the name's first letter; the colour is the name's own and stays the same everywhere.
import classes from './phone.module.css'

const HUES = [12, 38, 96, 150, 190, 215, 262, 320]

export function Avatar({ name, size = 44 }: { name: string; size?: number }) {
  const hue = HUES[Array.from(name).reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0) % HUES.length] ?? 0
  const letter = /[\p{L}\p{N}]/u.exec(name)?.[0] ?? '#'
  return (
    <span className={classes.avatar} style={{ ['--hue' as string]: hue, width: size, height: size, fontSize: size * 0.42 }} aria-hidden>
      {letter.toUpperCase()}
    </span>
  )
}
