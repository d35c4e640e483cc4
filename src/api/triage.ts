/** The routes of triage, in one list: alerts, what happens to them, how it goes, cases and their evidence, assets. */

import { z } from 'zod'
import { dataPaths } from '../platform/paths.ts'
import type { State } from '../state/state.ts'
import { listUsers } from '../state/users.ts'
import type { Store } from '../store/store.ts'
import { alertMetricsRoutes } from './alert-metrics.ts'
import { alertRoutes } from './alerts.ts'
import { alertLiveRoutes } from './alerts-live.ts'
import { assetRoutes } from './assets.ts'
import { caseEvidenceRoutes, type FoundEvent } from './case-evidence.ts'
import { caseRoutes } from './cases.ts'
import { roleSchema } from './replies.ts'
import type { RoutePlugin } from './route.ts'
import { eventOut } from './search.ts'

export type TriageDeps = {
  readonly state: State
  readonly nowMs: () => number
  readonly store: Pick<Store, 'search'>
  /** The data folder. */
  readonly folder: string
  readonly version: string
}

export function triageRoutes(deps: TriageDeps): readonly RoutePlugin[] {
  const { evidenceFolder, signingKeyFile } = dataPaths(deps.folder)
  return [
    alertRoutes(deps),
    alertLiveRoutes(deps),
    alertMetricsRoutes(deps),
    peopleRoutes(deps.state),
    caseRoutes(deps),
    caseEvidenceRoutes({ ...deps, evidenceFolder, signingKeyFile, eventsOf: eventsOf(deps.store) }),
    assetRoutes(deps)
  ]
}

/** To whom alerts can be given, and who can be mentioned: names and roles, for everybody who is signed in. */
function peopleRoutes(state: State): RoutePlugin {
  return (app, guard) => {
    app.get(
      '/api/people',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'Who can be assigned and mentioned',
          tags: ['alerts'],
          response: { 200: z.object({ people: z.array(z.object({ name: z.string(), role: roleSchema })) }) }
        }
      },
      async () => ({
        people: listUsers(state)
          .filter(user => user.disabledMs === undefined)
          .map(({ name, role }) => ({ name, role }))
      })
    )
  }
}

/** Events of the store as they are kept with a case: the ECS document with the original record in it. */
export function eventsOf(store: Pick<Store, 'search'>) {
  return async (ids: readonly string[], signal: AbortSignal): Promise<FoundEvent[]> => {
    const condition = {
      sql: 'id IN {caseIds:Array(UInt64)}',
      params: { caseIds: ids.map(id => BigInt(`0x${id}`).toString()) }
    }
    const { rows } = await store.search(condition, {}, { limit: ids.length, signal })
    return rows.map(row => ({ id: row.id, timeUs: row.timeUs, event: JSON.stringify(eventOut(row).document) }))
  }
}
