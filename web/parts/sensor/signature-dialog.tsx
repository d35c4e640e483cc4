/** One signature: its rule, and what to do about it. A change is in force when the dialog says so; Suricata is asked before. */

import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { messageOf, change as send } from '../../api.ts'
import { Badge, Button, Notice, SelectField, Spinner, TextField } from '../controls.tsx'
import { dateTime } from '../format.ts'
import { Overlay } from '../overlay.tsx'
import { StoredBlock } from '../stored-text.tsx'
import {
  type Change,
  refreshSensor,
  type Signature,
  type Suppressed,
  signatureQuery,
  type Threshold,
  wordsOf
} from './sensor.ts'

type Wanted = Pick<Change, 'state' | 'threshold' | 'suppress'>

export function SignatureDialog({ sid, mayChange, onClose }: { sid: number; mayChange: boolean; onClose: () => void }) {
  const signature = useQuery(signatureQuery(sid))
  return (
    <Overlay
      open
      onClose={onClose}
      kind="wide"
      title={signature.data?.rule?.name ?? signature.data?.change?.name ?? `Signature ${sid}`}
      description={`sid ${sid}`}
    >
      {signature.error !== null && <Notice mood="danger">{messageOf(signature.error)}</Notice>}
      {signature.data === undefined ? (
        signature.isPending && <Spinner />
      ) : (
        <Body signature={signature.data} mayChange={mayChange} />
      )}
    </Overlay>
  )
}

function Body({ signature, mayChange }: { signature: Signature; mayChange: boolean }) {
  const { sid, rule, change, noThreshold } = signature
  const [reason, setReason] = useState(change?.reason ?? '')
  const keep = useMutation({
    mutationFn: (wanted: Wanted) => send<Signature>('PUT', `/api/sensor/signatures/${sid}`, { ...wanted, reason }),
    onSuccess: () => refreshSensor()
  })
  const before: Wanted = {
    suppress: change?.suppress ?? [],
    ...(change?.state !== undefined && { state: change.state }),
    ...(change?.threshold !== undefined && { threshold: change.threshold })
  }
  const { state: _, ...asInSet } = before
  const isOn = change?.state === undefined ? (rule?.enabled ?? true) : change.state === 'enabled'
  return (
    <div className="grid gap-4">
      <div className="flex flex-wrap items-center gap-2">
        <Badge tone={isOn ? 'green' : 'slate'}>{isOn ? 'on' : 'off'}</Badge>
        {change === undefined ? (
          <span className="text-soft">As its rule set has it.</span>
        ) : (
          <span className="text-soft">
            {wordsOf(change).join('; ')} · {change.by}, {dateTime(Date.parse(change.at)).slice(0, 16)}
          </span>
        )}
      </div>
      {rule === undefined ? (
        <Notice mood="warn">No sensor that runs has this signature.</Notice>
      ) : (
        <pre className="max-h-40 overflow-auto rounded-lg border border-line bg-raised p-3 text-xs">
          <StoredBlock text={rule.text} />
        </pre>
      )}
      {mayChange && (
        <>
          <TextField
            label="Why"
            placeholder="our own backup"
            hint="Kept with the change, and in the audit trail."
            value={reason}
            onChange={event => setReason(event.target.value)}
          />
          <div className="flex flex-wrap gap-2">
            <Button
              data-first
              look="primary"
              disabled={keep.isPending}
              onClick={() =>
                keep.mutate(
                  isOn
                    ? rule?.enabled === false
                      ? asInSet
                      : { ...asInSet, state: 'disabled' }
                    : rule?.enabled === true
                      ? asInSet
                      : { ...asInSet, state: 'enabled' }
                )
              }
            >
              {isOn ? 'Disable it' : 'Enable it'}
            </Button>
            {change !== undefined && (
              <Button disabled={keep.isPending} icon="back" onClick={() => keep.mutate({ suppress: [] })}>
                As its rule set has it
              </Button>
            )}
            {keep.isPending && <Spinner label="Suricata checks it" />}
          </div>
          <Silence before={before} busy={keep.isPending} onKeep={keep.mutate} />
          <Limit before={before} busy={keep.isPending} reason={noThreshold} onKeep={keep.mutate} />
        </>
      )}
      {keep.error !== null && <Notice mood="danger">{messageOf(keep.error)}</Notice>}
      {keep.isSuccess && <Notice mood="good">In force.</Notice>}
    </div>
  )
}

type Part = { before: Wanted; busy: boolean; onKeep: (wanted: Wanted) => void }

function Silence({ before, busy, onKeep }: Part) {
  const [address, setAddress] = useState('')
  const [track, setTrack] = useState<Suppressed['track']>('by_src')
  return (
    <form
      aria-label="Silence it for an address"
      className="grid gap-2"
      onSubmit={event => {
        event.preventDefault()
        onKeep({ ...before, suppress: [...before.suppress, { track, address: address.trim() }] })
        setAddress('')
      }}
    >
      <div className="flex flex-wrap items-end gap-3">
        <div className="min-w-48 flex-1">
          <TextField
            label="Silent for"
            placeholder="192.168.1.9 or 192.168.1.0/24"
            value={address}
            onChange={event => setAddress(event.target.value)}
          />
        </div>
        <SelectField
          label="As"
          value={track}
          onChange={value => setTrack(value as Suppressed['track'])}
          options={[
            { value: 'by_src', label: 'source' },
            { value: 'by_dst', label: 'destination' },
            { value: 'by_either', label: 'either' }
          ]}
        />
        <Button type="submit" disabled={busy || address.trim() === ''}>
          Silence
        </Button>
      </div>
      {before.suppress.map(each => (
        <span key={`${each.track} ${each.address}`} className="flex items-center gap-2">
          <span className="num">{wordsOf({ suppress: [each] })[0]}</span>
          <Button
            small
            icon="close"
            aria-label={`No longer silent for ${each.address}`}
            disabled={busy}
            onClick={() => onKeep({ ...before, suppress: before.suppress.filter(other => other !== each) })}
          />
        </span>
      ))}
    </form>
  )
}

function Limit({ before, busy, reason, onKeep }: Part & { reason: string | undefined }) {
  const [count, setCount] = useState(String(before.threshold?.count ?? 1))
  const [seconds, setSeconds] = useState(String(before.threshold?.seconds ?? 3600))
  const [type, setType] = useState<Threshold['type']>(before.threshold?.type ?? 'limit')
  const [track, setTrack] = useState<Threshold['track']>(before.threshold?.track ?? 'by_src')
  if (reason !== undefined) return <p className="text-muted text-xs">No limit: {reason}.</p>
  const { threshold, ...unlimited } = before
  return (
    <form
      aria-label="Limit it"
      className="flex flex-wrap items-end gap-3"
      onSubmit={event => {
        event.preventDefault()
        onKeep({ ...before, threshold: { type, track, count: Number(count), seconds: Number(seconds) } })
      }}
    >
      <SelectField
        label="Alerts"
        value={type}
        onChange={value => setType(value as Threshold['type'])}
        options={[
          { value: 'limit', label: 'at most' },
          { value: 'threshold', label: 'one for each' },
          { value: 'both', label: 'one, if there are' }
        ]}
      />
      <div className="w-20">
        <TextField
          label="Count"
          type="number"
          min={1}
          max={1000000}
          value={count}
          onChange={event => setCount(event.target.value)}
        />
      </div>
      <div className="w-28">
        <TextField
          label="In seconds"
          type="number"
          min={1}
          max={31536000}
          value={seconds}
          onChange={event => setSeconds(event.target.value)}
        />
      </div>
      <SelectField
        label="Counted for"
        value={track}
        onChange={value => setTrack(value as Threshold['track'])}
        options={[
          { value: 'by_src', label: 'each source' },
          { value: 'by_dst', label: 'each destination' },
          { value: 'by_both', label: 'each pair' },
          { value: 'by_rule', label: 'all together' }
        ]}
      />
      <Button type="submit" disabled={busy}>
        Limit
      </Button>
      {threshold !== undefined && (
        <Button disabled={busy} onClick={() => onKeep(unlimited)}>
          No limit
        </Button>
      )}
    </form>
  )
}
