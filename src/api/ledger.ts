/** Routes of the loss ledger and of the state of the whole. */

import { statfs } from 'node:fs/promises'
import { z } from 'zod'
import type { Picket } from '../wire.ts'
import type { RoutePlugin } from './route.ts'

export function ledgerRoutes(picket: Pick<Picket, 'ledger'>, nowMs: () => number): RoutePlugin {
  return (app, guard) => {
    app.get(
      '/api/ledger',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'What became of every record: received = stored + dead-lettered + duplicates + pending',
          tags: ['ledger'],
          querystring: z.object({
            run: z.string().max(64).optional(),
            hours: z.coerce.number().int().min(1).max(8784).default(48)
          })
        }
      },
      async request => {
        const { run, hours } = request.query
        const report = picket.ledger.report(run === undefined ? {} : { run })
        const sinceHour = Math.floor(nowMs() / 3_600_000) - hours
        return {
          ...report,
          hours: picket.ledger.hours(sinceHour).map(({ hour, counts }) => ({ hourMs: hour * 3_600_000, ...counts }))
        }
      }
    )
  }
}

export function statusRoutes(picket: Picket, about: { version: string; startedAtMs: number }): RoutePlugin {
  return (app, guard) => {
    app.get(
      '/api/status',
      { preHandler: guard('search'), schema: { summary: 'How Picket is doing', tags: ['ledger'] } },
      async () => {
        const [extent, disk] = await Promise.all([picket.store.extent(), statfs(picket.folder)])
        return {
          version: about.version,
          startedAt: new Date(about.startedAtMs).toISOString(),
          events: extent.rows,
          bytes: extent.bytes,
          fromMs: extent.rows === 0 ? null : Math.floor(extent.fromUs / 1000),
          toMs: extent.rows === 0 ? null : Math.ceil(extent.toUs / 1000),
          backlogBytes: picket.intake.backlogBytes,
          stalled: picket.pipeline.state.stalled ?? null,
          engine: { kind: picket.engine === undefined ? 'url' : 'embedded', restarts: picket.engine?.restarts() ?? 0 },
          disk: { totalBytes: disk.blocks * disk.bsize, freeBytes: disk.bavail * disk.bsize }
        }
      }
    )
  }
}
