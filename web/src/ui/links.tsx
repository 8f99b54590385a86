// Mantine's parts as links the router knows: addresses and their parameters are checked by the compiler.
import { ActionIcon, Anchor, Button, type ActionIconProps, type AnchorProps, type ButtonProps } from '@mantine/core'
import { createLink } from '@tanstack/react-router'
import type { AnchorHTMLAttributes, Ref } from 'react'

type Native<P> = P & Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof P> & { ref?: Ref<HTMLAnchorElement> }

export const ButtonLink = createLink((props: Native<ButtonProps>) => <Button component="a" {...props} />)
export const AnchorLink = createLink((props: Native<AnchorProps>) => <Anchor {...props} />)
export const ActionIconLink = createLink((props: Native<ActionIconProps>) => <ActionIcon component="a" {...props} />)
