/** `npm run docs:formats`: writes `docs/formats/` anew from the parsers' descriptions. */

import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatPage, indexPage, listFormats } from './format-pages.ts'

const folder = join(import.meta.dirname, '../../docs/formats')
mkdirSync(folder, { recursive: true })
const formats = listFormats()
const pages = new Map([['README.md', indexPage(formats)]])
for (const format of formats) {
  const page = formatPage(format)
  if (page !== undefined) pages.set(`${format.name}.md`, page)
}
for (const file of readdirSync(folder)) if (!pages.has(file)) rmSync(join(folder, file))
for (const [file, text] of pages) writeFileSync(join(folder, file), text)
console.log(`${pages.size - 1} pages of ${formats.length} formats`)
