// One accent (teal), neutral greys with a breath of it, semantic green, amber and red. Colours live in theme.css.
import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core'

const teal: MantineColorsTuple = [
  '#e8f6f3', '#d2ede7', '#a8ddd2', '#7bcbbc', '#54bba8', '#33a894', '#14937e', '#0b7867', '#086051', '#054a3f',
]
const dark: MantineColorsTuple = [
  '#e6ebe9', '#c3cbc8', '#9ca7a3', '#6f7a76', '#3c4542', '#2b3330', '#212826', '#161b1a', '#101413', '#0b0e0d',
]
const gray: MantineColorsTuple = [
  '#f6f7f6', '#eff1f0', '#e4e8e6', '#d3d9d6', '#bcc4c0', '#98a29e', '#737d79', '#56605c', '#37403d', '#1b211f',
]

export const theme = createTheme({
  primaryColor: 'teal',
  primaryShade: 7,
  colors: { teal, dark, gray },
  black: '#1b211f',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", Arial, sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace',
  fontSizes: { xs: '12px', sm: '14px', md: '15px', lg: '17px', xl: '20px' },
  spacing: { xs: '8px', sm: '12px', md: '16px', lg: '24px', xl: '32px' },
  headings: { fontWeight: '600' },
  defaultRadius: 'md',
  radius: { sm: '6px', md: '8px', lg: '12px' },
  focusRing: 'auto',
  respectReducedMotion: true,
  cursorType: 'pointer',
  components: {
    InputWrapper: { defaultProps: { withAsterisk: false } },
    SegmentedControl: { defaultProps: { withItemsBorders: false } },
    Tooltip: { defaultProps: { openDelay: 350, withArrow: true, events: { hover: true, focus: true, touch: false } } },
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray', size: 36 } },
    Modal: { defaultProps: { centered: true, transitionProps: { duration: 120 } } },
    Menu: { defaultProps: { shadow: 'md', transitionProps: { duration: 100 } } },
  },
})

// Mantine's own names point at the surfaces of theme.css, so that both speak of the same few colours.
const surfaces = {
  '--mantine-color-body': 'var(--hb-pane)',
  '--mantine-color-text': 'var(--hb-text)',
  '--mantine-color-dimmed': 'var(--hb-dim)',
  '--mantine-color-placeholder': 'var(--hb-dim)',
  '--mantine-color-error': 'var(--hb-bad)',
  '--mantine-color-anchor': 'var(--hb-accent)',
}
export const cssVariables: CSSVariablesResolver = () => ({ variables: {}, light: surfaces, dark: surfaces })
