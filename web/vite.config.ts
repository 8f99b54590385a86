import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

// `npm run dev` talks to a Hobnob (and a simulator) that already run; the addresses are those of `make run`.
const hobnob = process.env.HOBNOB_DEV_URL ?? 'http://127.0.0.1:8000'
const simulator = process.env.HOBNOB_DEV_SIMULATOR_URL ?? 'http://127.0.0.1:8001'

export default defineConfig({
  plugins: [react()],
  build: {
    // Aside; `npm run build` then moves it to where a running server reads it (scripts/publish.mjs).
    outDir: 'dist',
    chunkSizeWarningLimit: 1200,
    // Two pages: the dashboard, and the simulator's phones (served by the simulator's own process).
    rolldownOptions: { input: { index: 'index.html', simulator: 'simulator.html' } },
  },
  server: {
    // Hobnob checks the Origin of realtime connections, so the proxy keeps the browser's own host.
    proxy: {
      '/api': { target: hobnob, ws: true, changeOrigin: false },
      '/control': { target: simulator, ws: true, changeOrigin: true },
    },
  },
})
