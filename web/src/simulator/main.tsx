// The simulator's own page: phones side by side, the clock, the faults and the log.
import { createRoot } from 'react-dom/client'

const root = document.getElementById('root')
if (root) createRoot(root).render(null)
