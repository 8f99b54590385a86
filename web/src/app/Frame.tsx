// The frame every signed-in page stands in: the rail, and the room beside it.
import { Outlet } from '@tanstack/react-router'

export function Frame() {
  return <Outlet />
}
