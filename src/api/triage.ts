/** The routes of triage, in one list: alerts, what happens to them, how it goes, assets. */

import type { State } from '../state/state.ts'
import { alertMetricsRoutes } from './alert-metrics.ts'
import { alertRoutes } from './alerts.ts'
import { alertLiveRoutes } from './alerts-live.ts'
import { assetRoutes } from './assets.ts'
import type { RoutePlugin } from './route.ts'

export type TriageDeps = { readonly state: State; readonly nowMs: () => number }

export function triageRoutes(deps: TriageDeps): readonly RoutePlugin[] {
  return [alertRoutes(deps), alertLiveRoutes(deps), alertMetricsRoutes(deps), assetRoutes(deps)]
}
