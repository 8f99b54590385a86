// The palette's handle, apart from its view, so that any room may open it.
import { createSpotlight } from '@mantine/spotlight'

export const [paletteStore, palette] = createSpotlight()
