/** The dashboards that come with Picket: a JSON file each in `dashboards/`. They are read-only; who wants another makes a copy. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PicketError } from '../core/errors.ts'
import { dashboardNamed } from '../state/dashboards.ts'
import type { State } from '../state/state.ts'
import { type Dashboard, dashboardShape } from './dashboard-shape.ts'

const folder = fileURLToPath(new URL('../../dashboards', import.meta.url))
let known: readonly Dashboard[] | undefined

/** In the order of their titles. Read once. */
export function ownDashboards(): readonly Dashboard[] {
  known ??= readdirSync(folder)
    .filter(file => file.endsWith('.json'))
    .map(file => dashboardShape.parse(JSON.parse(readFileSync(join(folder, file), 'utf8'))))
    .sort((a, b) => (a.title < b.title ? -1 : 1))
  return known
}

/** A dashboard by its name: one of our own, or one that somebody made. Throws `unknown-dashboard`. */
export function findDashboard(state: State, name: string): Dashboard {
  const own = ownDashboards().find(each => each.name === name)
  if (own !== undefined) return own
  const kept = dashboardNamed(state, name)
  if (kept === undefined) throw new PicketError('unknown-dashboard', `There is no dashboard ${name}.`)
  return dashboardShape.parse(kept.document)
}
