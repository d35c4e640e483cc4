/** `npm run cases:update [FOLDER …]`: writes the expected files of all cases (or of some folders) from what the parsers do now. Read the difference before you commit it. */

import { messageOf } from '../core/errors.ts'
import { listCases, updateCase } from './parser-cases.ts'

const folders = process.argv.slice(2)
let changed = 0
for (const parserCase of listCases()) {
  if (folders.length > 0 && !folders.includes(parserCase.folder)) continue
  try {
    if (!updateCase(parserCase)) continue
    changed++
    console.log(`wrote ${parserCase.folder}/cases/${parserCase.name}.expected.ndjson`)
  } catch (error) {
    process.exitCode = 1
    console.error(`${parserCase.folder}/cases/${parserCase.name}: ${messageOf(error)}`)
  }
}
console.log(changed === 0 ? 'All expected files are up to date.' : `${changed} expected files changed: see git diff.`)
