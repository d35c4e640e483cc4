/** What a description makes of the sample's records: each with its fields' parts in colours, and the event's fields. */

import { useId, useState } from 'react'
import { Badge, Button } from './controls.tsx'
import { fieldsOf } from './event-fields.ts'
import { plural } from './format.ts'
import type { TriedRecord } from './formats.ts'
import { Icon } from './icons.tsx'
import { StoredText } from './stored-text.tsx'
import { clamp } from './visible-text.ts'

const tones = ['teal', 'violet', 'amber', 'blue', 'pink', 'green', 'red', 'slate'] as const
const shownAtFirst = 25
const openAtFirst = 3
const charsMax = 2000

export function TriedRecords({
  records = [],
  isStale
}: {
  records: readonly TriedRecord[] | undefined
  isStale: boolean
}) {
  const title = useId()
  const [onlyUnread, setOnlyUnread] = useState(false)
  const [all, setAll] = useState(false)
  const isUnread = ({ event, isIgnored }: TriedRecord) => event === undefined && !isIgnored
  const unread = records.filter(isUnread).length
  const wanted = records.filter(({ isIgnored }) => !isIgnored).length
  const numbered = records.map((tried, index) => ({ tried, number: index + 1 }))
  const chosen = onlyUnread && unread > 0 ? numbered.filter(({ tried }) => isUnread(tried)) : numbered
  const shown = all ? chosen : chosen.slice(0, shownAtFirst)
  const toneOf = tonesOf(records)
  return (
    <section
      aria-labelledby={title}
      aria-busy={isStale}
      className={`panel overflow-hidden ${isStale ? 'opacity-60' : ''}`}
    >
      <div className="flex min-h-11 flex-wrap items-center gap-x-4 gap-y-1 border-line border-b px-4 py-1.5">
        <h2 id={title} className="font-semibold">
          What becomes of the sample
        </h2>
        <span role="status" className={`num ${unread > 0 ? 'font-medium text-danger' : 'text-muted'}`}>
          {records.length === 0
            ? isStale
              ? ''
              : 'The sample holds no record.'
            : `${wanted - unread} of ${plural(wanted, 'record')} read`}
        </span>
        {unread > 0 && unread < wanted && (
          <label className="ml-auto flex items-center gap-2">
            <input
              type="checkbox"
              className="size-4 accent-accent"
              checked={onlyUnread}
              onChange={event => setOnlyUnread(event.target.checked)}
            />
            Only those that are not read
          </label>
        )}
      </div>
      <ol className="divide-y divide-line">
        {shown.map(({ tried, number }) => (
          <li key={number}>
            <Record tried={tried} number={number} toneOf={toneOf} isOpen={number <= openAtFirst} />
          </li>
        ))}
      </ol>
      {chosen.length > shown.length && (
        <div className="grid justify-center border-line border-t p-3">
          <Button small onClick={() => setAll(true)}>
            Show all {chosen.length}
          </Button>
        </div>
      )}
    </section>
  )
}

type ToneOf = (field: string) => string

/** The same field has the same colour in all records. */
function tonesOf(records: readonly TriedRecord[]): ToneOf {
  const known = new Map<string, string>()
  for (const { parts } of records)
    for (const { field } of parts)
      if (!known.has(field)) known.set(field, field === '_' ? 'slate' : tones[known.size % tones.length]!)
  return field => known.get(field) ?? 'slate'
}

function Record({
  tried,
  number,
  toneOf,
  isOpen
}: {
  tried: TriedRecord
  number: number
  toneOf: ToneOf
  isOpen: boolean
}) {
  const { event, reason, isIgnored, pattern } = tried
  if (isIgnored)
    return (
      <div className="grid gap-1 px-4 py-2.5 text-muted">
        <RecordLine tried={tried} number={number} toneOf={toneOf} />
        <p className="pl-8">Left out: holds no event</p>
      </div>
    )
  if (event === undefined)
    return (
      <div className="grid gap-1 bg-danger-soft px-4 py-2.5">
        <RecordLine tried={tried} number={number} toneOf={toneOf} />
        <p className="flex items-center gap-1.5 pl-8 font-medium text-danger">
          <Icon name="warning" className="size-3.5" /> Not read: {reason}
        </p>
      </div>
    )
  return (
    <details open={isOpen} className="group">
      <summary className="flex list-none items-start gap-2 px-4 py-2.5 hover:bg-hover focus-visible:-outline-offset-2 [&::-webkit-details-marker]:hidden">
        <span className="min-w-0 flex-1">
          <RecordLine tried={tried} number={number} toneOf={toneOf} />
        </span>
        {pattern !== undefined && (
          <span className="max-sm:hidden">
            <Badge tone="slate">{`pattern ${pattern + 1}`}</Badge>
          </span>
        )}
        <Icon name="chevron" className="mt-1 size-3 text-muted transition-transform group-open:rotate-90" />
      </summary>
      <FieldTable tried={tried} number={number} toneOf={toneOf} />
    </details>
  )
}

function RecordLine({ tried, number, toneOf }: { tried: TriedRecord; number: number; toneOf: ToneOf }) {
  const record = clamp(tried.record, charsMax)
  let at = 0
  return (
    <span className="flex gap-3">
      <span className="num w-5 shrink-0 text-right text-muted text-xs leading-5">
        <span className="sr-only">Record </span>
        {number}
      </span>
      <span className="wrap-anywhere whitespace-pre-wrap font-mono text-xs leading-5">
        {tried.parts
          .filter(({ from, to }) => from < to && from < record.length)
          .map(({ field, from, to }) => {
            const before = record.slice(at, from)
            at = to
            return (
              <span key={from}>
                <StoredText text={before} max={charsMax} />
                <mark
                  title={field === '_' ? 'left out' : field}
                  style={{ '--tone': `var(--color-tone-${toneOf(field)})` } as object}
                  className={`tinted rounded-[3px] ${field === '_' ? 'line-through' : ''}`}
                >
                  <StoredText text={record.slice(from, to)} max={charsMax} />
                </mark>
              </span>
            )
          })}
        <StoredText text={record.slice(at)} max={charsMax} />
        {record.length < tried.record.length && '…'}
      </span>
    </span>
  )
}

function FieldTable({ tried, number, toneOf }: { tried: TriedRecord; number: number; toneOf: ToneOf }) {
  const matched = new Set(tried.parts.map(({ field }) => field))
  return (
    <table className="mb-3 ml-8 w-[calc(100%-3rem)] table-fixed sm:ml-12 sm:w-[calc(100%-5rem)]">
      <caption className="sr-only">The fields of record {number}</caption>
      <colgroup>
        <col className="w-2/5 sm:w-64" />
        <col />
      </colgroup>
      <thead className="sr-only">
        <tr>
          <th scope="col">Field</th>
          <th scope="col">Value</th>
        </tr>
      </thead>
      <tbody>
        {fieldsOf(tried.event ?? {}).map(({ name, values }) => (
          <tr key={name} className="border-line border-t align-top">
            <th scope="row" className="py-0.5 pr-3 text-left font-normal">
              <span
                className={`wrap-anywhere font-mono text-[11.5px] ${matched.has(name) ? 'tinted rounded-[3px] px-1' : 'px-1 text-soft'}`}
                style={{ '--tone': `var(--color-tone-${toneOf(name)})` } as object}
              >
                {name}
              </span>
            </th>
            <td className="wrap-anywhere py-0.5 font-mono text-[11.5px]">
              {name === 'message' && values[0] === tried.record ? (
                <span className="font-sans text-muted">the whole record</span>
              ) : (
                values.map((value, at) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: the values of one field have no other name
                  <span key={at}>
                    {at > 0 && ', '}
                    <StoredText text={String(value)} max={400} />
                  </span>
                ))
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
