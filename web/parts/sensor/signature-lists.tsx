/** Which signatures are the loudest, and which are changed: each leads to its dialog. */

import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { messageOf } from '../../api.ts'
import { runQuery } from '../../stream.ts'
import { Button, inputClass, Notice } from '../controls.tsx'
import { count, minute } from '../format.ts'
import { StoredText } from '../stored-text.tsx'
import { type Change, wordsOf } from './sensor.ts'

const loudest =
  'event.module:suricata event.kind:alert | stats count() as alerts, dc(source.ip) as sources by rule.id, rule.name | sort -alerts | head 15'

type Open = (sid: number) => void

export function LoudestSignatures({ onOpen }: { onOpen: Open }) {
  const found = useQuery({
    queryKey: ['loudest-signatures'],
    queryFn: ({ signal }) => runQuery({ q: loudest, from: '-24h' }, signal, () => {}),
    refetchInterval: 30_000
  })
  const table = found.data?.table
  const place = (name: string): number => table?.columns.findIndex(column => column.name === name) ?? -1
  const rows = (table?.rows ?? []).map(row => ({
    sid: Number(row[place('rule.id')]),
    name: String(row[place('rule.name')] ?? ''),
    alerts: Number(row[place('alerts')]),
    sources: Number(row[place('sources')])
  }))
  return (
    <section aria-labelledby="loudest-title" className="panel min-w-0 px-4 py-3">
      <h2 id="loudest-title" className="font-semibold">
        Loudest signatures of the last 24 hours
      </h2>
      {found.error !== null && <Notice mood="danger">{messageOf(found.error)}</Notice>}
      {found.data !== undefined && rows.length === 0 && <p className="mt-1 text-muted">No alerts yet.</p>}
      <ul className="mt-1 divide-y divide-line">
        {rows.map(row => (
          <li key={row.sid} className="flex items-baseline gap-3 py-1.5">
            <span className="num w-14 shrink-0 text-right font-medium">{count(row.alerts)}</span>
            <button
              type="button"
              className="min-w-0 flex-1 text-left hover:text-accent"
              onClick={() => onOpen(row.sid)}
            >
              <StoredText text={row.name} max={160} /> <span className="num text-muted text-xs">{row.sid}</span>
            </button>
            <span className="num shrink-0 text-muted text-xs">
              {row.sources === 1 ? '1 source' : `${count(row.sources)} sources`}
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}

export function ChangedSignatures({ changes, onOpen }: { changes: readonly Change[]; onOpen: Open }) {
  const [sid, setSid] = useState('')
  const look = (event: FormEvent) => {
    event.preventDefault()
    if (/^[1-9]\d{0,9}$/.test(sid.trim())) onOpen(Number(sid))
  }
  return (
    <section aria-labelledby="changed-title" className="panel min-w-0 px-4 py-3">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h2 id="changed-title" className="font-semibold">
          Changed signatures
        </h2>
        <form className="flex gap-2" onSubmit={look}>
          <input
            aria-label="A signature by its sid"
            placeholder="sid"
            inputMode="numeric"
            className={`${inputClass} h-7! w-28!`}
            value={sid}
            onChange={event => setSid(event.target.value)}
          />
          <Button small type="submit">
            Open
          </Button>
        </form>
      </div>
      {changes.length === 0 && (
        <p className="mt-1 max-w-prose text-muted">
          None: all are as their rule sets have them. A signature that only makes noise here can be disabled, limited or
          silenced for an address; that stays so when rules are updated.
        </p>
      )}
      <ul className="mt-1 divide-y divide-line">
        {changes.map(change => (
          <li key={change.sid} className="py-1.5">
            <button type="button" className="text-left hover:text-accent" onClick={() => onOpen(change.sid)}>
              <StoredText text={change.name === '' ? 'Signature' : change.name} max={160} />{' '}
              <span className="num text-muted text-xs">{change.sid}</span>
            </button>
            <div className="text-soft">{wordsOf(change).join('; ')}</div>
            <div className="text-muted text-xs">
              {change.by}, {minute(Date.parse(change.at))}
              {change.reason !== '' && (
                <>
                  {' · '}
                  <StoredText text={change.reason} max={300} />
                </>
              )}
            </div>
          </li>
        ))}
      </ul>
    </section>
  )
}
