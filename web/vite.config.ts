/** How the page is built. Nothing is inlined: the content security policy allows neither inline scripts nor `data:` fonts. */

import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

export default defineConfig({
  plugins: [react(), tailwindcss()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    // Browsers with CSS light-dark() (2024).
    target: ['chrome123', 'firefox120', 'safari17.5'],
    modulePreload: { polyfill: false },
    // One file of about 220 kB, compressed: more files would not be faster.
    chunkSizeWarningLimit: 1000
  },
  // `npx vite web` for work on the page: the API of a running Picket is passed through.
  server: { proxy: { '/api': 'http://127.0.0.1:8642' } }
})
