/** The promise, as an equation: received = stored + dead-lettered + duplicates + pending. */

import type { Counts } from '../api.ts'
import { compact, count } from './format.ts'
import { Icon } from './icons.tsx'

type EquationProps = { totals: Counts; pending: number }

type Verdict = { readonly state: 'holds' | 'working' | 'broken'; readonly text: string }

export function verdictOf({ totals, pending }: EquationProps): Verdict {
  const { received, stored, deadLettered, duplicates } = totals
  if (received !== stored + deadLettered + duplicates + pending || pending < 0)
    return { state: 'broken', text: 'The sums differ: this is a fault of Picket.' }
  if (pending > 0) return { state: 'working', text: `${count(pending)} still in work` }
  return { state: 'holds', text: 'Every record is accounted for' }
}

const termsOf = ({ totals, pending }: EquationProps) =>
  [
    ['received', totals.received, 'text-ink'],
    ['stored', totals.stored, 'text-good'],
    ['dead-lettered', totals.deadLettered, totals.deadLettered > 0 ? 'text-danger' : 'text-muted'],
    ['duplicates', totals.duplicates, totals.duplicates > 0 ? 'text-tone-blue' : 'text-muted'],
    ['pending', pending, pending > 0 ? 'text-warn' : 'text-muted']
  ] as const

export function LedgerEquation(props: EquationProps) {
  const verdict = verdictOf(props)
  const terms = termsOf(props)
  return (
    <section aria-label="Totals" className="panel overflow-hidden">
      <div className="p-4 sm:flex sm:flex-wrap sm:items-center sm:justify-between sm:gap-x-2 sm:p-5">
        {terms.map(([name, value, colour], at) => (
          <div key={name} className="contents">
            {at > 0 && (
              <span aria-hidden="true" className="font-light text-2xl text-line-strong max-sm:hidden">
                {at === 1 ? '=' : '+'}
              </span>
            )}
            <dl className="min-w-0 max-sm:flex max-sm:items-baseline max-sm:justify-between max-sm:border-line max-sm:py-1 max-sm:first-of-type:border-b">
              <dt className="font-medium text-muted text-xs max-sm:text-[13px]">
                <span aria-hidden="true" className="inline-block w-4 text-muted sm:hidden">
                  {at === 0 ? '' : at === 1 ? '=' : '+'}
                </span>
                {name}
              </dt>
              <dd
                className={`num truncate font-semibold text-lg tracking-tight sm:text-2xl ${colour}`}
                title={count(value)}
              >
                {value >= 100_000_000 ? compact(value) : count(value)}
              </dd>
            </dl>
          </div>
        ))}
      </div>
      <VerdictLine verdict={verdict} className="border-line border-t px-4 py-2 sm:px-5" />
    </section>
  )
}

/** In a few lines, for a single run. */
export function LedgerLine(props: EquationProps) {
  return (
    <div className="grid gap-2 rounded-lg bg-sunken p-3">
      <dl className="grid grid-cols-5 gap-1 text-center">
        {termsOf(props).map(([name, value, colour]) => (
          <div key={name} className="grid min-w-0">
            <dt className="truncate text-[10.5px] text-muted">{name === 'dead-lettered' ? 'dead letters' : name}</dt>
            <dd className={`num truncate font-semibold text-sm ${colour}`} title={count(value)}>
              {value >= 1_000_000 ? compact(value) : count(value)}
            </dd>
          </div>
        ))}
      </dl>
      <VerdictLine verdict={verdictOf(props)} className="text-xs" />
    </div>
  )
}

function VerdictLine({ verdict, className }: { verdict: Verdict; className: string }) {
  const look =
    verdict.state === 'holds' ? 'text-good' : verdict.state === 'working' ? 'text-warn' : 'text-danger bg-danger-soft'
  return (
    <p role="status" className={`flex items-center gap-2 font-medium ${look} ${className}`}>
      {verdict.state === 'working' ? (
        <span
          aria-hidden="true"
          className="size-3.5 animate-spin rounded-full border-2 border-current border-t-transparent"
        />
      ) : (
        <Icon name={verdict.state === 'holds' ? 'check' : 'warning'} className="size-4" />
      )}
      {verdict.text}
    </p>
  )
}
