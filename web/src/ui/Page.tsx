// The frame of pages that are read from top to bottom: a title, what can be done, and the text column.
import type { ReactNode } from 'react'
import classes from './Page.module.css'

interface Props {
  title: string
  text?: string
  actions?: ReactNode
  narrow?: boolean
  children: ReactNode
}

export function Page({ title, text, actions, narrow = false, children }: Props) {
  return (
    <main className={classes.page}>
      <div className={classes.column} data-narrow={narrow || undefined}>
        <header className={classes.header}>
          <div>
            <h1>{title}</h1>
            {text && <p>{text}</p>}
          </div>
          {actions && <div className={classes.actions}>{actions}</div>}
        </header>
        {children}
      </div>
    </main>
  )
}

/** A place with nothing in it yet: what it is for, and the one thing to do. */
export function Empty({ title, text, action }: { title: string; text: string; action?: ReactNode }) {
  return (
    <div className={classes.empty}>
      <strong>{title}</strong>
      <p>{text}</p>
      {action}
    </div>
  )
}
