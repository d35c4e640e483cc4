// Builds the page into web/dist (run by `npm ci` through `prepare`). Without the development dependencies there is nothing to build with.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('.', import.meta.url))
if (!existsSync(new URL('index.html', import.meta.url))) process.exit(0)
let vite
try {
  vite = await import('vite')
} catch {
  console.error('picket: vite is not installed (npm ci --omit=dev?): the page is not rebuilt')
  process.exit(0)
}
await vite.build({ root, logLevel: 'warn' })
