/** All routes of threat intelligence: feeds, indicators, allow lists, sharing. (Peers themselves come by TAXII: `taxii.ts`.) */

import { cacheAllowLists, intelAllowRoutes } from './intel-allow.ts'
import type { IntelDeps } from './intel-deps.ts'
import { intelFeedRoutes } from './intel-feeds.ts'
import { intelIndicatorRoutes } from './intel-indicators.ts'
import { intelSharingRoutes } from './intel-sharing.ts'
import type { RoutePlugin } from './route.ts'

export function intelRoutes(deps: IntelDeps): RoutePlugin {
  const allow = cacheAllowLists(deps.intel)
  const all = [
    intelFeedRoutes(deps),
    intelIndicatorRoutes(deps, allow),
    intelAllowRoutes(deps),
    intelSharingRoutes(deps)
  ]
  return async (app, guard) => {
    // These bodies are files, read as streams by the routes themselves.
    if (!app.hasContentTypeParser('application/octet-stream'))
      app.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload))
    for (const plugin of all) await plugin(app, guard)
  }
}
