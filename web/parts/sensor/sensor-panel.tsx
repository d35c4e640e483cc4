/** One sensor: is it well, what does it see, which rules are in force. */

import type { ReactNode } from 'react'
import { Badge, Notice } from '../controls.tsx'
import { ago, bytes, compact, count, plural } from '../format.ts'
import { StoredText } from '../stored-text.tsx'
import type { RuleFile, Sensor } from './sensor.ts'

const phases: Readonly<Record<Sensor['phase'], readonly [string, string]>> = {
  running: ['green', 'running'],
  starting: ['blue', 'starting'],
  waiting: ['red', 'not running'],
  stopped: ['slate', 'stopped']
}

export function SensorPanel({ sensor }: { sensor: Sensor }) {
  const { rules, packets = 0, packetsDropped = 0 } = sensor
  const [tone, word] = phases[sensor.phase]
  const dropShare = packets === 0 ? 0 : (packetsDropped / packets) * 100
  return (
    <section aria-labelledby={`sensor-${sensor.name}`} className="panel px-4 py-3">
      <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <h2 id={`sensor-${sensor.name}`} className="font-semibold">
          {sensor.name}
        </h2>
        <Badge tone={tone}>{word}</Badge>
        <span className="text-soft">
          watches <span className="font-mono">{sensor.interfaces.join(', ')}</span>; yours:{' '}
          <span className="num wrap-anywhere">{sensor.homeNet.join(', ') || '…'}</span>
        </span>
        <span className="ml-auto text-muted text-xs">
          {sensor.suricata !== undefined && `Suricata ${sensor.suricata.version} · `}
          {sensor.setUpIn === 'picket.yaml' ? 'in picket.yaml' : 'set up here'}
        </span>
      </div>
      <div className="mt-2 grid gap-2 empty:hidden">
        {sensor.problems.map(problem => (
          <Notice key={problem} mood={sensor.phase === 'running' ? 'warn' : 'danger'}>
            <StoredText text={problem} max={800} />
          </Notice>
        ))}
      </div>
      <dl className="mt-3 grid grid-cols-2 sm:grid-cols-4 lg:grid-cols-8 gap-x-4 gap-y-3">
        <Figure name="Running for">
          {sensor.runningSince === undefined ? '–' : ago(Date.parse(sensor.runningSince)).replace(' ago', '')}
        </Figure>
        <Figure name="Packets">{compact(packets)}</Figure>
        <Figure name="Dropped" bad={dropShare > 1}>
          {packetsDropped === 0 ? 'none' : `${compact(packetsDropped)} (${dropShare.toFixed(2)} %)`}
        </Figure>
        <Figure name="Traffic">{bytes(sensor.bytes ?? 0)}</Figure>
        <Figure name="Alerts">{compact(sensor.alerts ?? 0)}</Figure>
        <Figure name="Events taken" bad={sensor.eventsLost > 0}>
          {compact(sensor.events)}
          {sensor.eventsLost > 0 && `, ${compact(sensor.eventsLost)} lost`}
        </Figure>
        <Figure name="Memory">{sensor.memoryBytes === undefined ? '–' : bytes(sensor.memoryBytes)}</Figure>
        <Figure name="Restarts" bad={sensor.restarts > 0}>
          {count(sensor.restarts)}
        </Figure>
      </dl>
      <h3 className="mt-4 font-medium text-soft">
        {plural(rules.loaded, 'rule')} in force
        {rules.busy !== undefined && (
          <span className="ml-2 font-normal text-accent">
            {rules.busy === 'fetching' ? 'fetching rules …' : 'checking rules …'}
          </span>
        )}
      </h3>
      <p className="text-muted text-xs">
        {rules.fetched !== undefined && `Fetched ${ago(Date.parse(rules.fetched))}. `}
        {rules.nextFetch !== undefined && `Fetched again ${ago(Date.parse(rules.nextFetch))}. `}
        {rules.changed !== undefined && `Last changed ${ago(Date.parse(rules.changed))}.`}
      </p>
      <ul className="mt-1 grid gap-1">
        {rules.files.map(file => (
          <FileLine key={file.name} file={file} />
        ))}
      </ul>
      {sensor.warnings.length > 0 && (
        <details className="mt-3">
          <summary className="w-fit cursor-pointer text-soft">
            {plural(sensor.warnings.length, 'warning')} of Suricata
          </summary>
          <ul className="mt-1 grid gap-0.5 font-mono text-xs">
            {sensor.warnings.map((warning, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a list that is shown as it is
              <li key={i} className="wrap-anywhere">
                <StoredText text={warning} max={500} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  )
}

function Figure({ name, bad = false, children }: { name: string; bad?: boolean; children: ReactNode }) {
  return (
    <div>
      <dt className="text-muted text-xs">{name}</dt>
      <dd className={`num font-medium ${bad ? 'text-danger' : ''}`}>{children}</dd>
    </div>
  )
}

function FileLine({ file }: { file: RuleFile }) {
  return (
    <li className="flex flex-wrap items-baseline gap-x-3">
      <span className="wrap-anywhere font-mono text-xs">
        <StoredText text={file.name} max={200} />
      </span>
      <span className="num text-muted text-xs">
        {count(file.loaded)} in force, {count(file.off)} off
        {file.refusedCount > 0 && <span className="text-danger">, {count(file.refusedCount)} refused</span>}
      </span>
      {file.refused.length > 0 && (
        <details className="w-full text-xs">
          <summary className="w-fit cursor-pointer text-soft">Which are refused, and why</summary>
          <ul className="mt-1 ml-4 grid gap-0.5">
            {file.refused.map(({ line, reason }) => (
              <li key={line} className="wrap-anywhere">
                line {line}: <StoredText text={reason} max={300} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </li>
  )
}
