/** The ledger by source: four counts each, and why records died. A table; on small screens, a list. */

import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { LedgerSource } from '../api.ts'
import { buttonClass } from './controls.tsx'
import { count, plural } from './format.ts'
import { Icon } from './icons.tsx'
import { quoted } from './query-text.ts'
import { StoredText } from './stored-text.tsx'

export function Sources({ sources }: { sources: readonly LedgerSource[] }) {
  if (sources.length === 0)
    return (
      <section className="panel grid justify-items-center gap-2 px-4 py-10 text-center">
        <Icon name="ledger" className="size-8 text-line-strong" />
        <h2 className="font-semibold text-base">No source has brought anything yet</h2>
        <p className="max-w-prose text-soft">
          Drop files on this page, run <code className="rounded bg-sunken px-1.5 py-0.5">npx picket import PATH</code>,
          or name sources in picket.yaml.
        </p>
      </section>
    )
  const cell = 'num px-3 py-2 text-right'
  return (
    <section aria-labelledby="sources-title" className="panel overflow-hidden">
      <h2 id="sources-title" className="px-4 pt-3 pb-2 font-semibold">
        {plural(sources.length, 'source')}
      </h2>
      <div className="overflow-x-auto max-md:hidden">
        <table className="w-full">
          <thead>
            <tr className="border-line border-y bg-sunken/50 text-left whitespace-nowrap text-[11px] text-muted uppercase tracking-wide">
              <th scope="col" className="px-4 py-1.5 font-semibold">
                Source
              </th>
              <th scope="col" className="px-3 py-1.5 font-semibold">
                Format
              </th>
              <th scope="col" className="px-3 py-1.5 text-right font-semibold">
                Received
              </th>
              <th scope="col" className="px-3 py-1.5 text-right font-semibold">
                Stored
              </th>
              <th scope="col" className="px-3 py-1.5 text-right font-semibold">
                Dead letters
              </th>
              <th scope="col" className="px-3 py-1.5 text-right font-semibold">
                Duplicates
              </th>
              <th scope="col" className="px-4 py-1.5 font-semibold">
                Reasons
              </th>
            </tr>
          </thead>
          <tbody className="divide-y divide-line">
            {sources.map(source => (
              <tr key={`${source.source} ${source.format}`} className="align-top hover:bg-hover">
                <td className="max-w-72 px-4 py-2">
                  <SourceLink source={source.source} />
                </td>
                <td className="whitespace-nowrap px-3 py-2 text-soft">
                  <StoredText text={source.format} max={60} />
                </td>
                <td className={cell}>{count(source.received)}</td>
                <td className={`${cell} text-good`}>{count(source.stored)}</td>
                <td className={`${cell} ${source.deadLettered > 0 ? 'text-danger' : 'text-muted'}`}>
                  {count(source.deadLettered)}
                </td>
                <td className={`${cell} ${source.duplicates > 0 ? 'text-tone-blue' : 'text-muted'}`}>
                  {count(source.duplicates)}
                </td>
                <td className="px-4 py-2">
                  <Reasons source={source} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <ul className="divide-y divide-line border-line border-t md:hidden">
        {sources.map(source => (
          <li key={`${source.source} ${source.format}`} className="grid gap-1.5 px-4 py-3">
            <div className="flex items-baseline justify-between gap-3">
              <span className="min-w-0">
                <SourceLink source={source.source} />
              </span>
              <span className="shrink-0 text-muted text-xs">{source.format}</span>
            </div>
            <p className="num text-soft text-xs">
              {count(source.received)} received · <span className="text-good">{count(source.stored)} stored</span>
              {source.deadLettered > 0 && (
                <>
                  {' '}
                  · <span className="text-danger">{plural(source.deadLettered, 'dead letter')}</span>
                </>
              )}
              {source.duplicates > 0 && ` · ${plural(source.duplicates, 'duplicate')}`}
            </p>
            <Reasons source={source} />
          </li>
        ))}
      </ul>
    </section>
  )
}

function SourceLink({ source }: { source: string }) {
  return (
    <Link
      to="/"
      search={{ q: `picket.source:${quoted(source)}` }}
      className="wrap-anywhere font-medium font-mono text-accent text-xs hover:underline"
      title="Search the events of this source"
    >
      <StoredText text={source} max={200} />
    </Link>
  )
}

function Reasons({ source }: { source: LedgerSource }) {
  const [all, setAll] = useState(false)
  if (source.reasons.length === 0)
    return source.deadLettered === 0 && <span className="text-muted max-md:hidden">–</span>
  const shown = all ? source.reasons : source.reasons.slice(0, 3)
  return (
    <ul className="grid gap-0.5 text-xs">
      {shown.map(({ reason, count: found }) => (
        <li key={reason}>
          <Link
            to="/dead-letters"
            search={{ source: source.source, reason }}
            className="text-soft hover:text-accent hover:underline"
          >
            <span className="num font-medium text-danger">{count(found)}</span> <StoredText text={reason} max={140} />
          </Link>
        </li>
      ))}
      {source.reasons.length > shown.length && (
        <li>
          <button type="button" className={buttonClass('ghost', true)} onClick={() => setAll(true)}>
            {source.reasons.length - shown.length} more
          </button>
        </li>
      )}
    </ul>
  )
}
