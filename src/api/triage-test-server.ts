/** For the tests of triage: a web server with alerts in its state, an analyst (anna) and a viewer (vera). */

import type { MatchGroup } from '../core/detection.ts'
import { raiseAlerts } from '../state/alerts.ts'
import type { State } from '../state/state.ts'
import type { Store } from '../store/store.ts'
import { testServer } from './test-server.ts'
import { triageRoutes } from './triage.ts'

export const startMs = 1_750_000_000_000

export function groupOf(entity: string, about: Partial<MatchGroup> = {}): MatchGroup {
  const atUs = startMs * 1000
  return {
    rule: {
      id: 'r1',
      version: 'v1',
      kind: 'rule',
      title: 'Password guessing',
      level: 'high',
      tags: ['attack.t1110.001', 'attack.credential-access']
    },
    entity: { 'source.ip': entity },
    count: 2,
    firstUs: atUs,
    lastUs: atUs,
    samples: [{ id: '00000000000000aa', timeUs: atUs, event: JSON.stringify({ source: { ip: entity } }) }],
    ...about
  }
}

export async function withAlerts(groups: readonly MatchGroup[], store?: Pick<Store, 'search'>) {
  let state: State | undefined
  const server = await testServer({
    onState: opened => {
      state = opened
      raiseAlerts(opened, groups, startMs)
    },
    routes: [
      async (app, guard) => {
        for (const plugin of triageRoutes({
          state: state!,
          nowMs: () => server.clock.nowMs(),
          store: store ?? { search: async () => ({ rows: [], isLast: true }) as never },
          folder: state!.folder,
          version: 'test'
        }))
          await plugin(app, guard)
      }
    ]
  })
  await server.addTestUser('anna', 'analyst')
  await server.addTestUser('vera', 'viewer')
  return server
}
