/** The routes: which alerts go where. */

import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { change, messageOf } from '../../api.ts'
import { Badge, Button, Notice } from '../controls.tsx'
import { hoursText, type Notifications, type Route, refresh } from './notifications.ts'
import { RouteDialog } from './route-dialog.tsx'
import { Empty, RemoveDialog, Section, SmallButton } from './section.tsx'

export function Routes({ data, isAdmin }: { data: Notifications; isAdmin: boolean }) {
  const [editing, setEditing] = useState<Route | 'new' | undefined>()
  const [removing, setRemoving] = useState<Route | undefined>()
  const remove = useMutation({
    mutationFn: (id: string) => change('DELETE', `/api/notifications/routes/${id}`),
    onSuccess: () => setRemoving(undefined),
    onSettled: refresh
  })
  const nameOf = (id: string): string => data.destinations.find(each => each.id === id)?.name ?? id
  return (
    <Section
      title="Routes"
      hint="Every route that fits an alert counts; a destination is told once, in the words of the first."
      action={
        isAdmin && (
          <Button icon="plus" disabled={data.destinations.length === 0} onClick={() => setEditing('new')}>
            Add a route
          </Button>
        )
      }
    >
      {remove.isError && (
        <div className="px-4 pb-3">
          <Notice mood="danger">{messageOf(remove.error)}</Notice>
        </div>
      )}
      {data.routes.length === 0 ? (
        <Empty>There are no routes.</Empty>
      ) : (
        <ul aria-label="Routes" className="divide-y divide-line border-line border-t">
          {data.routes.map(route => (
            <li key={route.id} className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 py-2.5">
              <div className="min-w-52 flex-1">
                <div className="flex flex-wrap items-center gap-1.5 font-medium">
                  <span className="mr-1">{route.name}</span>
                  {!route.enabled && <Badge tone="slate">off</Badge>}
                </div>
                <div className="text-muted text-xs">
                  {conditions(route).join(' · ')} → {route.destinations.map(nameOf).join(', ') || 'nowhere'}
                  {route.template !== '' && ` · template ${route.template}`}
                </div>
              </div>
              {isAdmin && (
                <div className="flex gap-1.5">
                  <SmallButton aria-label={`Change the route ${route.name}`} onClick={() => setEditing(route)}>
                    Change
                  </SmallButton>
                  <SmallButton
                    look="danger"
                    aria-label={`Remove the route ${route.name}`}
                    onClick={() => setRemoving(route)}
                  >
                    Remove
                  </SmallButton>
                </div>
              )}
            </li>
          ))}
        </ul>
      )}
      {editing !== undefined && (
        <RouteDialog
          data={data}
          before={editing === 'new' ? undefined : editing}
          onClose={() => setEditing(undefined)}
        />
      )}
      {removing !== undefined && (
        <RemoveDialog
          name={removing.name}
          busy={remove.isPending}
          onRemove={() => remove.mutate(removing.id)}
          onClose={() => setRemoving(undefined)}
        >
          What it led to is no longer told through it.
        </RemoveDialog>
      )}
    </Section>
  )
}

function conditions({ severity, rules, tags, title, kinds, hours, tests }: Route): string[] {
  return [
    severity === 'informational' ? 'any severity' : `${severity} or worse`,
    kinds.join(', '),
    ...(title === '' ? [] : [`title ${title}`]),
    ...(tags.length === 0 ? [] : [`tags ${tags.join(', ')}`]),
    ...(rules.length === 0 ? [] : [`rules ${rules.join(', ')}`]),
    ...(hours === undefined ? [] : [`${hours.outside ? 'outside of' : 'during'} ${hoursText(hours)}`]),
    ...(tests ? ['tests, too'] : [])
  ]
}
