// A customer's text with WhatsApp's marks and links. Nothing in it is ever taken as markup.
import { Anchor } from '@mantine/core'
import { Fragment } from 'react'
import { richText, type Piece } from './richText'

export function RichText({ text }: { text: string }) {
  return <Pieces pieces={richText(text)} />
}

function Pieces({ pieces }: { pieces: Piece[] }) {
  return pieces.map((piece, index) => <Fragment key={index}>{render(piece)}</Fragment>)
}

function render(piece: Piece) {
  switch (piece.kind) {
    case 'text':
      return piece.text
    case 'code':
      return <code>{piece.text}</code>
    case 'link':
      return (
        <Anchor href={piece.href} target="_blank" rel="noreferrer noopener" inherit underline="always">
          {piece.text}
        </Anchor>
      )
    case 'bold':
      return (
        <strong>
          <Pieces pieces={piece.pieces} />
        </strong>
      )
    case 'italic':
      return (
        <em>
          <Pieces pieces={piece.pieces} />
        </em>
      )
    case 'strike':
      return (
        <s>
          <Pieces pieces={piece.pieces} />
        </s>
      )
  }
}
