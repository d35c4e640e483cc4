/** The sensor: Suricata on this machine's interfaces. Set up, how it is, its rules, single signatures. */

import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { change, messageOf } from '../api.ts'
import { Button, Notice, PageHead, Spinner } from '../parts/controls.tsx'
import { Overlay } from '../parts/overlay.tsx'
import { keepStatus, type SensorStatus, sensorQuery } from '../parts/sensor/sensor.ts'
import { SensorPanel } from '../parts/sensor/sensor-panel.tsx'
import { SetUpDialog } from '../parts/sensor/set-up-dialog.tsx'
import { SignatureDialog } from '../parts/sensor/signature-dialog.tsx'
import { ChangedSignatures, LoudestSignatures } from '../parts/sensor/signature-lists.tsx'
import { sessionQuery } from '../queries.ts'

export function SensorPage() {
  const { signature } = useSearch({ from: '/frame/sensor' })
  const navigate = useNavigate()
  const scopes = useQuery(sessionQuery).data?.scopes ?? []
  const status = useQuery(sensorQuery)
  const [dialog, setDialog] = useState<'set-up' | 'remove'>()
  const update = useMutation({
    mutationFn: () => change<SensorStatus>('POST', '/api/sensor/rules'),
    onSuccess: keepStatus
  })
  const open = (sid: number | undefined) => void navigate({ to: '/sensor', search: { signature: sid } })
  const { data } = status
  const isAdmin = scopes.includes('admin')
  const mayTriage = scopes.includes('triage')
  const failure = status.error ?? update.error
  const fetches = data?.sensors.some(({ rules }) => rules.nextFetch !== undefined || rules.fetched !== undefined)
  return (
    <div className="mx-auto w-full max-w-6xl px-3 py-5 sm:px-5">
      <title>Sensor · Picket</title>
      <PageHead
        title="Sensor"
        actions={
          data !== undefined && (
            <>
              {mayTriage && data.sensors.length > 0 && fetches && (
                <Button icon="replay" disabled={update.isPending} onClick={() => update.mutate()}>
                  Update the rules now
                </Button>
              )}
              {isAdmin && data.settings !== undefined && (
                <Button icon="trash" onClick={() => setDialog('remove')}>
                  Take it away
                </Button>
              )}
              {isAdmin && (
                <Button look={data.settings === undefined ? 'primary' : 'plain'} onClick={() => setDialog('set-up')}>
                  {data.settings === undefined ? 'Set up a sensor' : 'Change it'}
                </Button>
              )}
            </>
          )
        }
      >
        Suricata watches this machine's network interfaces: alerts by signature, and what was said over DNS, TLS, HTTP
        and more. Its events are searched like any others.
      </PageHead>
      <div className="grid gap-4">
        {failure !== null && <Notice mood="danger">{messageOf(failure)}</Notice>}
        {data === undefined ? (
          status.isPending && <Spinner />
        ) : (
          <>
            {data.sensors.length === 0 && <NoSensor status={data} isAdmin={isAdmin} />}
            {data.sensors.map(sensor => (
              <SensorPanel key={sensor.name} sensor={sensor} />
            ))}
            <div className="grid items-start gap-4 lg:grid-cols-2">
              <LoudestSignatures onOpen={open} />
              <ChangedSignatures changes={data.changes} onOpen={open} />
            </div>
          </>
        )}
      </div>
      {dialog === 'set-up' && data !== undefined && <SetUpDialog status={data} onClose={() => setDialog(undefined)} />}
      {dialog === 'remove' && <RemoveDialog onClose={() => setDialog(undefined)} />}
      {signature !== undefined && (
        <SignatureDialog key={signature} sid={signature} mayChange={mayTriage} onClose={() => open(undefined)} />
      )}
    </div>
  )
}

function NoSensor({ status: { machine }, isAdmin }: { status: SensorStatus; isAdmin: boolean }) {
  return (
    <>
      <Notice mood="info">
        No sensor is set up.{' '}
        {isAdmin ? 'Choose an interface, and this machine watches its network.' : 'An administrator can set one up.'} To
        see the traffic of other machines, plug it into a mirror port of your switch.
      </Notice>
      {machine.problem !== undefined && <Notice mood="warn">{machine.problem}</Notice>}
    </>
  )
}

function RemoveDialog({ onClose }: { onClose: () => void }) {
  const remove = useMutation({
    mutationFn: () => change<SensorStatus>('DELETE', '/api/sensor/settings'),
    onSuccess(next) {
      keepStatus(next)
      onClose()
    }
  })
  return (
    <Overlay open onClose={onClose} title="Take the sensor away?">
      <p className="mb-4 text-soft">
        Suricata ends, and nothing is watched any more. What was seen stays; so do the changes of signatures.
      </p>
      {remove.error !== null && <Notice mood="danger">{messageOf(remove.error)}</Notice>}
      <div className="flex gap-2">
        <Button look="primary" disabled={remove.isPending} onClick={() => remove.mutate()}>
          Take it away
        </Button>
        <Button onClick={onClose}>Keep it</Button>
      </div>
    </Overlay>
  )
}
