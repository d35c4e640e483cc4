/**
 * Events as they arrive, over server-sent events. While somebody reads further down nothing moves: what arrives is counted, and
 * shown when they come back.
 */

import { useEffect, useRef, useState } from 'react'
import { type StoredEvent, withQuery } from '../api.ts'

const keptMax = 2000

export type Tail = {
  readonly rows: readonly StoredEvent[]
  /** Arrived while it rested. */
  readonly waiting: number
  /** More came than can be shown. */
  readonly skipped: number
  /** The server has no tail: then the page searches again and again. */
  readonly isUnsupported: boolean
}

const nothing: Tail = { rows: [], waiting: 0, skipped: 0, isUnsupported: false }

export function useTail(query: string, isOn: boolean, isResting: boolean): Tail {
  const [tail, setTail] = useState(nothing)
  const resting = useRef(isResting)
  const held = useRef<StoredEvent[]>([])
  resting.current = isResting

  useEffect(() => {
    if (!isOn) return
    held.current = []
    setTail(before => ({ ...nothing, isUnsupported: before.isUnsupported }))
    const source = new EventSource(withQuery('/api/tail', { q: query }))
    source.addEventListener('rows', message => {
      const rows = rowsOf(message.data)
      if (rows.length === 0) return
      held.current = newestFirst([...rows, ...held.current])
      setTail(before => {
        if (resting.current) return { ...before, waiting: held.current.length }
        const all = newestFirst([...held.current, ...before.rows])
        held.current = []
        return { ...before, rows: all, waiting: 0 }
      })
    })
    source.addEventListener('skipped', message => {
      const more = Number((JSON.parse(message.data) as { count?: number }).count ?? 0)
      setTail(before => ({ ...before, skipped: before.skipped + more }))
    })
    source.addEventListener('error', () => {
      // A lost connection is made again by the browser; a refused one is not.
      if (source.readyState === EventSource.CLOSED) setTail(before => ({ ...before, isUnsupported: true }))
    })
    return () => source.close()
  }, [query, isOn])

  useEffect(() => {
    if (isResting || held.current.length === 0) return
    const arrived = held.current
    held.current = []
    setTail(before => ({ ...before, rows: newestFirst([...arrived, ...before.rows]), waiting: 0 }))
  }, [isResting])

  return isOn ? tail : nothing
}

function rowsOf(data: string): StoredEvent[] {
  const reply = JSON.parse(data) as StoredEvent[] | { events?: StoredEvent[]; rows?: StoredEvent[] }
  return Array.isArray(reply) ? reply : (reply.events ?? reply.rows ?? [])
}

function newestFirst(rows: readonly StoredEvent[]): StoredEvent[] {
  const all = new Map(rows.map(row => [row.id, row]))
  return [...all.values()].sort((a, b) => b.timeMs - a.timeMs).slice(0, keptMax)
}
