/** `npm run docs:rules`: writes `docs/rules/log-sources.md` anew. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { logsourcesPage } from './rule-pages.ts'

writeFileSync(join(import.meta.dirname, '../../docs/rules/log-sources.md'), logsourcesPage())
