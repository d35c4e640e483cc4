/** How Picket itself is doing: pipeline, time, engine, disk. */

import type { ReactNode } from 'react'
import type { Status } from '../api.ts'
import { Notice } from './controls.tsx'
import { ago, bytes, minute, plural } from './format.ts'

export function StatusPanel({ status }: { status: Status }) {
  const { stalled, backlogBytes, engine, disk } = status
  const startedMs = new Date(status.startedAt).getTime()
  const used = disk.totalBytes === 0 ? 0 : 1 - disk.freeBytes / disk.totalBytes
  const restarts = engine.restarts ?? 0
  return (
    <section aria-label="State" className="grid gap-3">
      {stalled !== null && (
        <Notice mood="danger">
          <strong className="font-semibold">The pipeline is stalled:</strong> {stalled}. What arrives is kept and waits.
        </Notice>
      )}
      <dl className="panel grid grid-cols-1 divide-line max-sm:divide-y sm:grid-cols-2 lg:grid-cols-4 lg:divide-x">
        <Figure name="Pipeline" good={stalled === null && backlogBytes === 0} warn={stalled !== null}>
          {stalled !== null ? 'Stalled' : backlogBytes > 0 ? `${bytes(backlogBytes)} to read` : 'Up to date'}
          <Small>
            {status.events === 0 ? 'no events' : `${plural(status.events, 'event')} in ${bytes(status.bytes)}`}
          </Small>
        </Figure>
        <Figure name="Time stored">
          {status.fromMs === null || status.toMs === null ? (
            'Nothing yet'
          ) : (
            <>
              {minute(status.fromMs)}
              <Small>to {minute(status.toMs)}</Small>
            </>
          )}
        </Figure>
        <Figure name="Engine" good={restarts === 0} warn={restarts > 0}>
          {engine.kind === 'embedded' ? 'Embedded' : 'ClickHouse server'}
          <Small>
            {engine.memoryBytes != null && `${bytes(engine.memoryBytes)} of memory · `}
            {plural(restarts, 'restart')} · Picket {status.version}, started {ago(startedMs)}
          </Small>
        </Figure>
        <Figure name="Disk" good={used < 0.85} warn={used >= 0.85}>
          {bytes(disk.freeBytes)} free
          <span aria-hidden="true" className="mt-1.5 block h-1.5 overflow-hidden rounded-full bg-sunken">
            <span
              className={`block h-full rounded-full ${used >= 0.85 ? 'bg-warn' : 'bg-accent'}`}
              style={{ width: `${used * 100}%` }}
            />
          </span>
          <Small>
            {Math.round(used * 100)}% of {bytes(disk.totalBytes)} used
          </Small>
        </Figure>
      </dl>
    </section>
  )
}

function Figure({ name, good, warn, children }: { name: string; good?: boolean; warn?: boolean; children: ReactNode }) {
  return (
    <div className="min-w-0 p-4">
      <dt className="flex items-center gap-2 font-medium text-muted text-xs">
        {(good || warn) && (
          <span aria-hidden="true" className={`size-2 rounded-full ${warn ? 'bg-warn' : 'bg-good'}`} />
        )}
        {name}
      </dt>
      <dd className="mt-0.5 font-semibold text-[15px]">{children}</dd>
    </div>
  )
}

function Small({ children }: { children: ReactNode }) {
  return <span className="mt-0.5 block font-normal text-muted text-xs">{children}</span>
}
