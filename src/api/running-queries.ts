/** The searches under way that have a name, so that they can be ended by it: by whoever began them, and by administrators. */

import { ApiError, type Principal } from './route.ts'

export type RunningQueries = {
  /** Notes it; throws `query-id-taken` (409). `end` must be called when it is over. */
  begin(id: string, principal: Principal): { readonly signal: AbortSignal; end(): void }
  /** True if there was one that this caller may end. */
  cancel(id: string, principal: Principal): boolean
}

export function createRunningQueries(): RunningQueries {
  const running = new Map<string, { readonly actor: string; readonly stop: AbortController }>()
  return {
    begin(id, principal) {
      if (running.has(id)) throw new ApiError(409, 'query-id-taken', `A search named ${id} is under way.`)
      const stop = new AbortController()
      running.set(id, { actor: principal.actor, stop })
      return { signal: stop.signal, end: () => void running.delete(id) }
    },
    cancel(id, principal) {
      const found = running.get(id)
      if (found === undefined || (found.actor !== principal.actor && !principal.scopes.includes('admin'))) return false
      found.stop.abort()
      return true
    }
  }
}
