/** Adds or changes a destination: where it leads, its secrets, and how much it takes. */

import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { change, messageOf } from '../../api.ts'
import { Button, Notice, SelectField, TextField } from '../controls.tsx'
import { CopyButton } from '../copy-button.tsx'
import { Overlay } from '../overlay.tsx'
import { levels } from '../triage/alerts.ts'
import { Check } from './check.tsx'
import { DestinationFields } from './destination-fields.tsx'
import { type Destination, type Notifications, type Pace, refresh } from './notifications.ts'
import { PaceFields } from './pace-fields.tsx'

type Kept = { id: string; signingKey?: string }

export function DestinationDialog({
  data,
  before,
  onClose
}: {
  data: Notifications
  before: Destination | undefined
  onClose: () => void
}) {
  const [kind, setKind] = useState(before?.kind ?? 'slack')
  const [name, setName] = useState(before?.name ?? '')
  const [enabled, setEnabled] = useState(before?.enabled ?? true)
  const [settings, setSettings] = useState<Record<string, unknown>>(before?.settings ?? {})
  const [secrets, setSecrets] = useState<Record<string, string>>({})
  const [urgent, setUrgent] = useState<Destination['urgent']>(before?.urgent ?? 'critical')
  const [pace, setPace] = useState<Pace>(before?.pace ?? {})
  const [route, setRoute] = useState('medium')
  const label = data.kinds.find(each => each.kind === kind)?.label ?? kind
  const keep = useMutation({
    mutationFn: async () => {
      const given = Object.fromEntries(Object.entries(secrets).filter(([, value]) => value !== ''))
      const body = {
        name: name.trim() === '' ? label : name,
        kind,
        settings,
        enabled,
        urgent,
        pace,
        ...(Object.keys(given).length > 0 && { secrets: given })
      }
      if (before !== undefined) return change<Kept>('PUT', `/api/notifications/destinations/${before.id}`, body)
      const kept = await change<Kept>('POST', '/api/notifications/destinations', body)
      if (route !== '')
        await change('POST', '/api/notifications/routes', {
          name: `${route === 'informational' ? 'Everything' : `${route} or worse`} to ${body.name}`.slice(0, 64),
          severity: route,
          destinations: [kept.id]
        })
      return kept
    },
    onSuccess: async kept => {
      await refresh()
      if (kept.signingKey === undefined) onClose()
    }
  })
  const signingKey = keep.data?.signingKey
  if (signingKey !== undefined)
    return (
      <Overlay open onClose={onClose} title="The signing key">
        <div className="grid gap-4">
          <Notice mood="warn">
            Copy it now: it is not shown again. With it, the receiver can tell that messages come from here.
          </Notice>
          <div className="flex items-center gap-2 rounded-lg bg-sunken p-2 pl-3">
            <code className="min-w-0 flex-1 break-all text-xs">{signingKey}</code>
            <CopyButton
              text={() => signingKey}
              label="Copy the key"
              shown="Copy"
              className="h-8 shrink-0 rounded-md bg-accent px-3 font-semibold text-on-accent text-xs"
            />
          </div>
          <Button className="justify-self-end" onClick={onClose}>
            Done
          </Button>
        </div>
      </Overlay>
    )
  return (
    <Overlay open onClose={onClose} title={before === undefined ? 'New destination' : `Change ${before.name}`}>
      <form
        className="grid gap-4"
        onSubmit={event => {
          event.preventDefault()
          keep.mutate()
        }}
      >
        {before === undefined && (
          <SelectField
            label="Kind"
            value={kind}
            onChange={value => {
              setKind(value)
              setSettings({})
              setSecrets({})
            }}
            options={data.kinds.map(each => ({ value: each.kind, label: each.label }))}
          />
        )}
        <TextField
          label="Name"
          maxLength={64}
          placeholder={label}
          required={before !== undefined}
          value={name}
          onChange={event => setName(event.target.value)}
        />
        <DestinationFields
          key={kind}
          kind={kind}
          settings={settings}
          onSettings={setSettings}
          secrets={secrets}
          onSecrets={setSecrets}
          has={before?.secrets ?? []}
          hasMailServer={data.mailServer !== undefined}
        />
        {before === undefined ? (
          <SelectField
            label="Alerts that go there"
            value={route}
            onChange={setRoute}
            options={[
              ...levels.map(level => ({
                value: level,
                label:
                  level === 'informational'
                    ? 'all of them'
                    : level === 'critical'
                      ? 'critical ones'
                      : `${level} ones and worse`
              })),
              { value: '', label: 'none yet: I add a route myself' }
            ]}
          />
        ) : (
          <Check checked={enabled} onChange={setEnabled}>
            In use
          </Check>
        )}
        <PaceFields
          pace={pace}
          onPace={setPace}
          urgent={urgent}
          onUrgent={setUrgent}
          usual={data.kinds.find(each => each.kind === kind)?.rate}
        />
        {keep.isError && <Notice mood="danger">{messageOf(keep.error)}</Notice>}
        <Button type="submit" look="primary" className="justify-self-end" disabled={keep.isPending}>
          {keep.isPending ? 'Keeping …' : before === undefined ? 'Add the destination' : 'Keep the destination'}
        </Button>
      </form>
    </Overlay>
  )
}
