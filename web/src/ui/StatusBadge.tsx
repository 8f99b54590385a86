// A state in a word, on the quiet tint of what it means.
import { Badge, type BadgeProps } from '@mantine/core'

export type Tone = 'good' | 'warn' | 'bad' | 'plain'

const looks: Record<Tone, { color: string; background: string }> = {
  good: { color: 'var(--hb-good)', background: 'var(--hb-good-soft)' },
  warn: { color: 'var(--hb-warn)', background: 'var(--hb-warn-soft)' },
  bad: { color: 'var(--hb-bad)', background: 'var(--hb-bad-soft)' },
  plain: { color: 'var(--hb-dim)', background: 'var(--hb-sunk)' },
}

export function StatusBadge({ tone, children, ...others }: { tone: Tone; children: string } & Pick<BadgeProps, 'size'>) {
  return (
    <Badge variant="light" tt="none" fw={500} style={{ ...looks[tone], flex: 'none' }} {...others}>
      {children}
    </Badge>
  )
}
