/** The sources that the configuration names, and how each is doing now. */

import { z } from 'zod'
import type { FollowedSources } from '../pipeline/follow-sources.ts'
import type { ListenSources } from '../pipeline/listen-sources.ts'
import type { PullSources } from '../pipeline/pull-sources.ts'
import type { SourceConfig } from '../platform/config-schema.ts'
import type { RoutePlugin } from './route.ts'

const one = z.object({
  name: z.string(),
  type: z.string(),
  state: z
    .enum(['works', 'problem', 'waits'])
    .describe('`waits`: it takes what is sent to the API, or has not begun yet'),
  where: z.string().describe('Where it listens, what it follows or fetches'),
  problem: z.string().optional().describe('Why nothing comes now; it is tried again by itself'),
  records: z.int().optional().describe('Since it began'),
  connections: z.int().optional(),
  waiting: z.int().optional().describe('What waits on the other side'),
  lost: z.record(z.string(), z.number()).describe('What was refused or dropped since it began, by what happened to it')
})

type SourceState = z.output<typeof one>

export type RunningSources = {
  readonly configured: readonly SourceConfig[]
  readonly followed: Pick<FollowedSources, 'problems'> | undefined
  readonly listening: Pick<ListenSources, 'figures' | 'ports' | 'problems'> | undefined
  readonly pulling: Pick<PullSources, 'figures'> | undefined
}

export function sourceRoutes(running: () => RunningSources): RoutePlugin {
  return (app, guard) => {
    app.get(
      '/api/sources',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'The sources that the configuration names, and how each is doing',
          tags: ['ledger'],
          response: { 200: z.array(one) }
        }
      },
      async () => {
        const { configured, ...parts } = running()
        return configured.map(config => stateOf(config, parts))
      }
    )
  }
}

function stateOf(
  config: SourceConfig,
  { followed, listening, pulling }: Omit<RunningSources, 'configured'>
): SourceState {
  const { name, type } = config
  const where = config.type === 'sensor' ? config.interfaces.join(', ') : ''
  const about = { name, type, where, lost: {} }
  if (type === 'http') return { ...about, state: 'waits', where: `POST /api/ingest/${name}` }
  if (type === 'files') {
    const problem = followed?.problems().get(name)
    const where = config.paths.join(', ')
    return {
      ...about,
      where,
      state: problem === undefined ? 'works' : 'problem',
      ...(problem !== undefined && { problem })
    }
  }
  const heard = listening?.figures().get(name)
  if (heard !== undefined) {
    const { host } = config as { host?: string }
    const ports = listening?.ports(name) ?? []
    const lost = { refused: heard.refused, dropped: heard.drops, 'dropped by the kernel': heard.kernelDrops }
    return {
      ...about,
      state: 'works',
      where: ports.map(port => (host?.includes(':') ? `[${host}]:${port}` : `${host}:${port}`)).join(', '),
      records: heard.records,
      connections: heard.connections,
      lost: Object.fromEntries(Object.entries(lost).filter(([, number]) => number > 0))
    }
  }
  const fetched = pulling?.figures().get(name)
  if (fetched !== undefined) {
    const { records, problem, waiting, more = {} } = fetched
    const lost = Object.entries(losses).map(([figure, words]): [string, number] => [words, more[figure] ?? 0])
    return {
      ...about,
      where: placeOf(config, more['kept_bytes']),
      lost: Object.fromEntries(lost.filter(([, number]) => number > 0)),
      state: problem === undefined ? 'works' : 'problem',
      records,
      ...(problem !== undefined && { problem }),
      ...(waiting !== undefined && { waiting })
    }
  }
  const problem = listening?.problems().get(name)
  return problem === undefined ? { ...about, state: 'waits' } : { ...about, state: 'problem', problem }
}

/** Figures of sources that fetch which mean that something is gone. */
const losses: Readonly<Record<string, string>> = {
  packets_dropped: 'packets dropped',
  dropped_by_kernel: 'packets dropped by the kernel',
  dropped_by_interface: 'packets dropped by the interface',
  events_lost: 'events lost'
}

/** The interfaces that are watched, and what is kept of them. */
function placeOf(config: SourceConfig, keptBytes: number | undefined): string {
  const on = 'interface' in config ? config.interface : 'interfaces' in config ? config.interfaces.join(', ') : ''
  return keptBytes === undefined ? on : `${on} (${(keptBytes / 1e6).toFixed(1)} MB kept)`
}
