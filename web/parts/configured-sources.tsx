/** The sources that picket.yaml names: does each work, and if not, why. */

import { useQuery } from '@tanstack/react-query'
import { type ConfiguredSource, configuredQuery } from '../queries.ts'
import { Badge } from './controls.tsx'
import { count, plural } from './format.ts'
import { StoredText } from './stored-text.tsx'

const states: Readonly<Record<ConfiguredSource['state'], readonly [string, string]>> = {
  works: ['green', 'works'],
  problem: ['red', 'problem'],
  waits: ['slate', 'waits']
}

export function ConfiguredSources() {
  const { data: sources = [] } = useQuery(configuredQuery)
  if (sources.length === 0) return null
  const broken = sources.filter(({ state }) => state === 'problem').length
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be reached by the keyboard
    <section tabIndex={0} aria-label="Sources in picket.yaml" className="panel max-h-96 overflow-auto">
      <h2 className="px-4 pt-3 pb-2 font-semibold">
        {plural(sources.length, 'source')} in picket.yaml
        {broken > 0 && <span className="font-normal text-danger"> · {plural(broken, 'problem')}</span>}
      </h2>
      <ul className="divide-y divide-line border-line border-t">
        {sources.map(source => (
          <li key={source.name} className="flex flex-wrap items-baseline gap-x-3 gap-y-1 px-4 py-2">
            <Badge tone={states[source.state][0]}>{states[source.state][1]}</Badge>
            <span className="font-medium">{source.name}</span>
            <span className="text-muted">{source.type}</span>
            <span className="num wrap-anywhere text-soft">
              <StoredText text={source.where} max={200} />
            </span>
            <span className="num ml-auto text-muted text-xs">{figuresOf(source)}</span>
            {source.problem !== undefined && (
              <span className="wrap-anywhere w-full text-danger">
                <StoredText text={source.problem} max={500} />
              </span>
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}

function figuresOf({ records, connections, waiting, lost }: ConfiguredSource): string {
  return [
    records === undefined ? '' : plural(records, 'record'),
    connections === undefined || connections === 0 ? '' : plural(connections, 'connection'),
    waiting === undefined || waiting === 0 ? '' : `${count(waiting)} waiting`,
    ...Object.entries(lost).map(([what, number]) => `${count(number)} ${what}`)
  ]
    .filter(part => part !== '')
    .join(' · ')
}
