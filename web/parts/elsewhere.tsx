/** Where nothing is found within a range of time: what the same query finds outside of it, and the way there. */

import { useQuery } from '@tanstack/react-query'
import { histogramQuery, type Search } from '../queries.ts'
import { Button, Notice } from './controls.tsx'
import { plural } from './format.ts'
import { shortTime } from './time-range.ts'

/** As many bars as the API gives: where they begin and end is where the events do, nearly. */
const finest = 1000

type Found = { readonly total: number; readonly fromMs: number; readonly toMs: number }

/** Where nothing is found within bounds: what the same query finds without them. */
export function useElsewhere({ q, from, to }: Search, isNothing: boolean): Found | undefined {
  const isBounded = from !== undefined || to !== undefined
  const { data } = useQuery({ ...histogramQuery({ q }, finest, false), enabled: isNothing && isBounded })
  const first = data?.buckets[0]
  const last = data?.buckets.at(-1)
  if (!isNothing || !isBounded || data === undefined || first === undefined || last === undefined) return undefined
  const fromMs = Math.max(first.startMs, Math.min(data.fromMs, last.startMs))
  return { total: data.total, fromMs, toMs: Math.min(last.startMs + data.bucketMs, Math.max(data.toMs, fromMs)) }
}

export function Elsewhere({ query, found, onGo }: { query: string; found: Found; onGo: () => void }) {
  const { total, fromMs, toMs } = found
  return (
    <Notice
      mood="warn"
      icon="clock"
      action={
        <Button small look="primary" onClick={onGo}>
          Go there
        </Button>
      }
    >
      <strong className="font-semibold">
        {query === '' ? 'What is stored lies outside this time range:' : 'What matches lies outside this time range:'}
      </strong>{' '}
      {plural(total, 'event')} from <span className="whitespace-nowrap font-medium">{shortTime(fromMs)}</span> to{' '}
      <span className="whitespace-nowrap font-medium">{shortTime(toMs)}</span>.
    </Notice>
  )
}
