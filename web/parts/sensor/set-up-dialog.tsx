/** A sensor is set up on this machine, or changed: which interfaces, whose networks, which rules. */

import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { change, messageOf } from '../../api.ts'
import { Badge, Button, Notice, Spinner, TextField } from '../controls.tsx'
import { compact } from '../format.ts'
import { Overlay } from '../overlay.tsx'
import { keepStatus, type NetworkInterface, type SensorStatus, type Settings } from './sensor.ts'

const listOf = (text: string): string[] => text.split(/[\s,]+/).filter(part => part !== '')

export function SetUpDialog({ status, onClose }: { status: SensorStatus; onClose: () => void }) {
  const { machine, settings } = status
  const choices = machine.interfaces.filter(({ kind }) => kind !== 'loopback')
  const first = choices.find(({ up, kind }) => up && kind === 'wired') ?? choices.find(({ up }) => up)
  const [interfaces, setInterfaces] = useState<readonly string[]>(
    settings?.interfaces ?? (first === undefined ? [] : [first.name])
  )
  const [homeNet, setHomeNet] = useState(settings?.homeNet.join(', ') ?? '')
  const [etOpen, setEtOpen] = useState(settings?.etOpen ?? true)
  const [files, setFiles] = useState(settings?.files.join('\n') ?? '')
  const keep = useMutation({
    mutationFn: () => {
      const body: Settings = {
        interfaces: [...interfaces],
        homeNet: listOf(homeNet),
        etOpen,
        files: files
          .split('\n')
          .map(line => line.trim())
          .filter(line => line !== '')
      }
      return change<SensorStatus>('PUT', '/api/sensor/settings', body)
    },
    onSuccess(next) {
      keepStatus(next)
      onClose()
    }
  })
  const usual = [...new Set(choices.filter(({ name }) => interfaces.includes(name)).flatMap(each => each.homeNet))]
  return (
    <Overlay
      open
      onClose={onClose}
      kind="wide"
      title={settings === undefined ? 'Set up a sensor' : 'Change the sensor'}
      description="Suricata looks at every packet that the interfaces see. It only listens."
    >
      <form
        className="grid gap-4"
        onSubmit={event => {
          event.preventDefault()
          keep.mutate()
        }}
      >
        {machine.problem !== undefined && <Notice mood="warn">{machine.problem}</Notice>}
        <fieldset className="grid gap-1">
          <legend className="mb-1 font-medium text-soft">Interfaces to watch</legend>
          <ul className="divide-y divide-line rounded-lg border border-line">
            {choices.map(each => (
              <InterfaceChoice
                key={each.name}
                one={each}
                chosen={interfaces.includes(each.name)}
                onChange={on =>
                  setInterfaces(before => (on ? [...before, each.name] : before.filter(name => name !== each.name)))
                }
              />
            ))}
          </ul>
          {choices.length === 0 && <span className="text-muted">This machine shows no interfaces (Linux only).</span>}
        </fieldset>
        <TextField
          label="Your networks"
          placeholder={usual.join(', ')}
          hint="Most rules ask whether something comes from outside. Empty: the networks of the interfaces."
          value={homeNet}
          onChange={event => setHomeNet(event.target.value)}
        />
        <fieldset className="grid gap-2">
          <legend className="mb-1 font-medium text-soft">Rules</legend>
          <label className="flex items-center gap-2">
            <input type="checkbox" checked={etOpen} onChange={event => setEtOpen(event.target.checked)} />
            Emerging Threats Open, fetched daily
          </label>
          {etOpen && !machine.canFetch && (
            <Notice mood="warn">
              <code>suricata-update</code> is not installed here: <code>apt install suricata-update</code>
            </Notice>
          )}
          <label className="grid gap-1">
            <span className="text-soft">Files of rules on this machine, one a line</span>
            <textarea
              rows={2}
              className="w-full rounded-lg border border-control/60 bg-raised px-3 py-2 font-mono text-xs hover:border-control"
              placeholder="/etc/picket/my.rules"
              value={files}
              onChange={event => setFiles(event.target.value)}
            />
          </label>
        </fieldset>
        {keep.error !== null && <Notice mood="danger">{messageOf(keep.error)}</Notice>}
        <div className="flex items-center gap-3">
          <Button look="primary" type="submit" disabled={keep.isPending || interfaces.length === 0}>
            {settings === undefined ? 'Start watching' : 'Keep'}
          </Button>
          {keep.isPending && <Spinner label="Starting" />}
        </div>
      </form>
    </Overlay>
  )
}

function InterfaceChoice({
  one,
  chosen,
  onChange
}: {
  one: NetworkInterface
  chosen: boolean
  onChange: (on: boolean) => void
}) {
  return (
    <li>
      <label className="flex flex-wrap items-center gap-x-3 gap-y-0.5 px-3 py-2 hover:bg-hover">
        <input type="checkbox" checked={chosen} onChange={event => onChange(event.target.checked)} />
        <span className="font-medium font-mono">{one.name}</span>
        <Badge tone={one.up ? 'green' : 'slate'}>{one.up ? 'up' : 'down'}</Badge>
        <span className="text-muted">{one.kind}</span>
        <span className="num wrap-anywhere text-soft">
          {one.addresses.filter(address => !address.startsWith('fe80')).join(', ')}
        </span>
        <span className="num ml-auto text-muted text-xs">{compact(one.packets)} packets</span>
      </label>
    </li>
  )
}
