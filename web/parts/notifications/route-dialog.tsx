/** Adds or changes a route. */

import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { change, messageOf } from '../../api.ts'
import { Button, Notice, SelectField, TextField } from '../controls.tsx'
import { Overlay } from '../overlay.tsx'
import { type Level, levels } from '../triage/alerts.ts'
import { Check } from './check.tsx'
import { HoursField } from './hours-field.tsx'
import { listOf, type NoticeKind, type Notifications, type Route, refresh, zone } from './notifications.ts'

const kinds: readonly { readonly kind: NoticeKind; readonly label: string }[] = [
  { kind: 'created', label: 'it is new' },
  { kind: 'escalated', label: 'it gets worse' },
  { kind: 'reopened', label: 'it comes back' },
  { kind: 'acknowledged', label: 'somebody takes it' },
  { kind: 'closed', label: 'it is closed' }
]

export function RouteDialog({
  data,
  before,
  onClose
}: {
  data: Notifications
  before: Route | undefined
  onClose: () => void
}) {
  const [route, setRoute] = useState<Omit<Route, 'id'>>(
    before ?? {
      name: '',
      enabled: true,
      severity: 'medium',
      rules: [],
      tags: [],
      title: '',
      kinds: ['created', 'escalated', 'reopened'],
      destinations: data.destinations.length === 1 ? [data.destinations[0]!.id] : [],
      template: '',
      tests: false
    }
  )
  const [rules, setRules] = useState(route.rules.join(', '))
  const [tags, setTags] = useState(route.tags.join(', '))
  const [when, setWhen] = useState(route.hours === undefined ? '' : route.hours.outside ? 'outside' : 'during')
  const [hours, setHours] = useState(
    route.hours ?? { zone: zone(), windows: [{ days: [1, 2, 3, 4, 5], from: '08:00', to: '18:00' }] }
  )
  const set = (more: Partial<Route>): void => setRoute({ ...route, ...more })
  const keep = useMutation({
    mutationFn: () => {
      const { name, enabled, severity, title, kinds: of, destinations, template, tests } = route
      const body = {
        name,
        enabled,
        severity,
        title,
        kinds: of,
        destinations,
        template,
        tests,
        rules: listOf(rules),
        tags: listOf(tags),
        ...(when !== '' && { hours: { zone: hours.zone, windows: hours.windows, outside: when === 'outside' } })
      }
      return before === undefined
        ? change('POST', '/api/notifications/routes', body)
        : change('PUT', `/api/notifications/routes/${before.id}`, body)
    },
    onSuccess: async () => {
      await refresh()
      onClose()
    }
  })
  return (
    <Overlay open onClose={onClose} title={before === undefined ? 'New route' : `Change ${before.name}`}>
      <form
        className="grid gap-4"
        onSubmit={event => {
          event.preventDefault()
          keep.mutate()
        }}
      >
        <TextField
          label="Name"
          required
          maxLength={64}
          value={route.name}
          onChange={event => set({ name: event.target.value })}
        />
        <fieldset className="grid gap-1.5">
          <legend className="mb-1 font-medium text-soft">It leads to</legend>
          {data.destinations.map(({ id, name }) => (
            <Check
              key={id}
              checked={route.destinations.includes(id)}
              onChange={isOn =>
                set({
                  destinations: isOn ? [...route.destinations, id] : route.destinations.filter(each => each !== id)
                })
              }
            >
              {name}
            </Check>
          ))}
        </fieldset>
        <SelectField
          label="From this severity on"
          value={route.severity}
          onChange={severity => set({ severity: severity as Level })}
          options={levels.map(level => ({ value: level, label: level }))}
        />
        <fieldset className="grid gap-1.5">
          <legend className="mb-1 font-medium text-soft">Tell of an alert when</legend>
          {kinds.map(({ kind, label }) => (
            <Check
              key={kind}
              checked={route.kinds.includes(kind)}
              onChange={isOn =>
                set({ kinds: isOn ? [...route.kinds, kind] : route.kinds.filter(each => each !== kind) })
              }
            >
              {label}
            </Check>
          ))}
        </fieldset>
        <TextField
          label="Title"
          hint="Words that it holds, a pattern with *, or /a regular expression/. Empty: any."
          value={route.title}
          maxLength={500}
          onChange={event => set({ title: event.target.value })}
        />
        <TextField
          label="Tags"
          hint="Separated by commas; attack.t1110 means those below it, too. Empty: any."
          value={tags}
          onChange={event => setTags(event.target.value)}
        />
        <TextField
          label="Rules"
          hint="Their ids, separated by commas; * stands for anything. Empty: any."
          value={rules}
          onChange={event => setRules(event.target.value)}
        />
        <SelectField
          label="When"
          value={when}
          onChange={setWhen}
          options={[
            { value: '', label: 'at any time' },
            { value: 'during', label: 'only during these hours' },
            { value: 'outside', label: 'only outside of these hours' }
          ]}
        />
        {when !== '' && <HoursField value={hours} onChange={next => setHours({ ...hours, ...next })} />}
        <SelectField
          label="Template"
          value={route.template}
          onChange={template => set({ template })}
          options={[
            { value: '', label: 'Picket’s own' },
            ...data.templates.map(({ name }) => ({ value: name, label: name }))
          ]}
        />
        <div className="grid gap-1.5">
          <Check checked={route.enabled} onChange={enabled => set({ enabled })}>
            In use
          </Check>
          <Check checked={route.tests} onChange={tests => set({ tests })}>
            The heartbeat’s test alerts, too
          </Check>
        </div>
        {keep.isError && <Notice mood="danger">{messageOf(keep.error)}</Notice>}
        <Button
          type="submit"
          look="primary"
          className="justify-self-end"
          disabled={keep.isPending || route.name.trim() === '' || route.kinds.length === 0}
        >
          {keep.isPending ? 'Keeping …' : 'Keep the route'}
        </Button>
      </form>
    </Overlay>
  )
}
