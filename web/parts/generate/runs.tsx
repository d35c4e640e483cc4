/** Runs that are under way, with their rate, and those that ended. */

import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { messageOf } from '../../api.ts'
import { queryClient } from '../../queries.ts'
import { Badge, Button, Notice } from '../controls.tsx'
import { ago, bytes, count, duration } from '../format.ts'
import { quoted } from '../query-text.ts'
import { type GeneratorRun, knownKey, stopRun } from './generate.ts'

export function Runs({ runs, mayStop }: { runs: readonly GeneratorRun[]; mayStop: boolean }) {
  const stop = useMutation({
    mutationFn: stopRun,
    onSettled: () => queryClient.invalidateQueries({ queryKey: knownKey })
  })
  if (runs.length === 0) return null
  return (
    <section aria-label="Runs" className="panel">
      <h2 className="px-4 pt-3 pb-2 font-semibold">Runs</h2>
      {stop.error !== null && <Notice mood="danger">{messageOf(stop.error)}</Notice>}
      <ul className="divide-y divide-line border-line border-t">
        {runs.map(run => {
          const perSecond = run.elapsedMs === 0 ? 0 : (run.records / run.elapsedMs) * 1000
          return (
            <li key={run.id} className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2">
              <Badge tone={run.ended === undefined ? 'green' : 'slate'}>
                {run.ended === undefined ? 'runs' : 'ended'}
              </Badge>
              <Link
                to="/"
                search={{ q: `picket.source:${quoted(run.source)}` }}
                className="font-medium text-accent hover:underline"
              >
                {run.source}
              </Link>
              <span className="num text-soft">
                {count(run.records)} records · {bytes(run.bytes)} · {count(Math.round(perSecond))}/s of {run.rate} ·{' '}
                {duration(run.elapsedMs)}
              </span>
              <span className="text-muted text-xs">
                {run.by}, {ago(Date.parse(run.started))}
                {run.ended !== undefined && ` · ${run.ended}`}
              </span>
              {mayStop && run.ended === undefined && (
                <Button
                  small
                  className="ml-auto"
                  disabled={stop.isPending}
                  onClick={() => stop.mutate(run.id)}
                  aria-label={`Stop the run of ${run.source}`}
                >
                  Stop
                </Button>
              )}
            </li>
          )
        })}
      </ul>
    </section>
  )
}
