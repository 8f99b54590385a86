// A message's text with WhatsApp's marks turned into real bold, italic, struck, code and links.
import { useMemo } from 'react'
import { parseText, type TextPart } from './text'
import classes from './phone.module.css'

export function FormattedText({ text }: { text: string }) {
  const parts = useMemo(() => parseText(text), [text])
  return <span className={classes.words} dir="auto"><Parts parts={parts} /></span>
}

function Parts({ parts }: { parts: TextPart[] }) {
  return parts.map((part, index) => <Part key={index} part={part} />)
}

function Part({ part }: { part: TextPart }) {
  switch (part.kind) {
    case 'plain':
      return part.text
    case 'code':
      return <code>{part.text}</code>
    case 'link':
      return <a href={part.href} target="_blank" rel="noreferrer noopener">{part.text}</a>
    case 'bold':
      return <strong><Parts parts={part.parts} /></strong>
    case 'italic':
      return <em><Parts parts={part.parts} /></em>
    case 'struck':
      return <s><Parts parts={part.parts} /></s>
  }
}
