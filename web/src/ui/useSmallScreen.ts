// Where dialogs take the whole screen.
import { useMediaQuery } from '@mantine/hooks'

export const useSmallScreen = (): boolean => useMediaQuery('(max-width: 720px)', false, { getInitialValueInEffect: false })
