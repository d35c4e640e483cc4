/** How many rules have fired, could, and cannot with the fields that were seen; each is a filter. */

import { count } from '../format.ts'
import type { Coverage, RuleCoverage } from './rules.ts'

export const coverageNames: Readonly<Record<RuleCoverage['state'], string>> = {
  fired: 'fired',
  can: 'can fire',
  cannot: 'cannot fire',
  unknown: 'not known'
}
const meanings: Readonly<Record<RuleCoverage['state'], string>> = {
  fired: 'matched something that is stored',
  can: 'their events and fields are here',
  cannot: 'an event or a field that they need is not here',
  unknown: 'nothing can be said'
}
const tones: Readonly<Record<RuleCoverage['state'], string>> = {
  fired: 'bg-accent',
  can: 'bg-good',
  cannot: 'bg-line-strong',
  unknown: 'bg-line'
}

export function CoverageBar({
  coverage,
  chosen,
  onChoose
}: {
  coverage: Coverage | undefined
  chosen: string | undefined
  onChoose: (state: string | undefined) => void
}) {
  if (coverage === undefined || coverage.size === 0) return null
  const counts = Map.groupBy(coverage.values(), ({ state }) => state)
  const shown = (['fired', 'can', 'cannot', 'unknown'] as const).flatMap(state => {
    const number = counts.get(state)?.length ?? 0
    return number === 0 ? [] : [{ state, number }]
  })
  return (
    <section aria-label="Coverage" className="panel grid gap-2.5 px-4 py-3">
      <div aria-hidden="true" className="flex h-2 gap-0.5 overflow-hidden rounded-full">
        {shown.map(({ state, number }) => (
          <span key={state} className={tones[state]} style={{ flexGrow: number, minWidth: 3 }} />
        ))}
      </div>
      <div className="flex flex-wrap gap-2">
        {shown.map(({ state, number }) => (
          <button
            key={state}
            type="button"
            aria-pressed={chosen === state}
            title={meanings[state]}
            className={`inline-flex items-center gap-2 rounded-lg border px-2.5 py-1 ${chosen === state ? 'border-accent bg-accent-soft' : 'border-line hover:bg-hover'}`}
            onClick={() => onChoose(chosen === state ? undefined : state)}
          >
            <span aria-hidden="true" className={`size-2.5 rounded-full ${tones[state]}`} />
            <span className="num font-semibold">{count(number)}</span> {coverageNames[state]}
            <span className="text-muted text-xs max-md:hidden">{meanings[state]}</span>
          </button>
        ))}
      </div>
    </section>
  )
}
