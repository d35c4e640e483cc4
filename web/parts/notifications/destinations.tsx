/** The destinations, each with its breaker and what waits for it. */

import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { change, messageOf } from '../../api.ts'
import { Badge, Button, Notice } from '../controls.tsx'
import { ago, count, plural } from '../format.ts'
import { StoredText } from '../stored-text.tsx'
import { DestinationDialog } from './destination-dialog.tsx'
import { type Destination, hoursText, type Notifications, refresh } from './notifications.ts'
import { Empty, RemoveDialog, Section, SmallButton } from './section.tsx'

export function Destinations({ data, isAdmin, mayTest }: { data: Notifications; isAdmin: boolean; mayTest: boolean }) {
  const [editing, setEditing] = useState<Destination | 'new' | undefined>()
  const [removing, setRemoving] = useState<Destination | undefined>()
  const remove = useMutation({
    mutationFn: (id: string) => change('DELETE', `/api/notifications/destinations/${id}`),
    onSuccess: () => setRemoving(undefined),
    onSettled: refresh
  })
  return (
    <Section
      title="Destinations"
      hint="Where messages go. A destination that fails again and again is left alone for a while, then tried with one message."
      action={
        isAdmin && (
          <Button icon="plus" look="primary" onClick={() => setEditing('new')}>
            Add a destination
          </Button>
        )
      }
    >
      {data.destinations.length === 0 ? (
        <Empty>There are no destinations: nobody is told of alerts.</Empty>
      ) : (
        <ul aria-label="Destinations" className="divide-y divide-line border-line border-t">
          {data.destinations.map(destination => (
            <Row
              key={destination.id}
              destination={destination}
              label={data.kinds.find(({ kind }) => kind === destination.kind)?.label ?? destination.kind}
              isAdmin={isAdmin}
              mayTest={mayTest}
              onEdit={() => setEditing(destination)}
              onRemove={() => setRemoving(destination)}
            />
          ))}
        </ul>
      )}
      {editing !== undefined && (
        <DestinationDialog
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
          {removing.counts.waiting > 0
            ? `${plural(removing.counts.waiting, 'message')} that wait for it go to the dead letters.`
            : 'Routes no longer lead there.'}
        </RemoveDialog>
      )}
    </Section>
  )
}

const breakers = {
  closed: { tone: 'green', label: 'closed: works' },
  open: { tone: 'red', label: 'open: left alone' },
  'half-open': { tone: 'amber', label: 'half-open: being tried' }
} as const

function Row({
  destination,
  label,
  isAdmin,
  mayTest,
  onEdit,
  onRemove
}: {
  destination: Destination
  label: string
  isAdmin: boolean
  mayTest: boolean
  onEdit: () => void
  onRemove: () => void
}) {
  const { id, name, where, enabled, breaker, counts, quietUntil, pace } = destination
  const test = useMutation({
    mutationFn: () => change<{ result: string; detail: string }>('POST', `/api/notifications/destinations/${id}/test`),
    onSettled: refresh
  })
  const state = breakers[breaker.state]
  const waits = [
    counts.quiet > 0 && `${count(counts.quiet)} until the quiet hours end`,
    counts.digest > 0 && `${count(counts.digest)} for the next digest`,
    counts.rate > 0 && `${count(counts.rate)} because of the limit`
  ].filter(text => text !== false)
  return (
    <li aria-label={name} className="grid gap-2 px-4 py-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <div className="min-w-52 flex-1">
          <div className="flex flex-wrap items-center gap-1.5 font-medium">
            <span className="mr-1">{name}</span>
            <Badge tone="slate">{label}</Badge>
            {enabled ? <Badge tone={state.tone}>{state.label}</Badge> : <Badge tone="slate">off</Badge>}
            {quietUntil !== undefined && <Badge tone="violet">quiet</Badge>}
          </div>
          <div className="truncate text-muted text-xs">
            <StoredText text={where} max={120} />
            {pace.quiet !== undefined && ` · quiet ${hoursText(pace.quiet)}`}
            {pace.digestMinutes !== undefined && ` · a digest every ${plural(pace.digestMinutes, 'minute')}`}
          </div>
        </div>
        <div className="num text-muted text-xs">
          {count(counts.sent)} sent · {count(counts.waiting)} waiting
          {counts.dead > 0 && <span className="text-danger"> · {count(counts.dead)} dead</span>}
        </div>
        <div className="flex gap-1.5">
          {mayTest && (
            <SmallButton aria-label={`Send a test to ${name}`} disabled={test.isPending} onClick={() => test.mutate()}>
              {test.isPending ? 'Sending …' : 'Send a test'}
            </SmallButton>
          )}
          {isAdmin && (
            <>
              <SmallButton aria-label={`Change ${name}`} onClick={onEdit}>
                Change
              </SmallButton>
              <SmallButton look="danger" aria-label={`Remove ${name}`} onClick={onRemove}>
                Remove
              </SmallButton>
            </>
          )}
        </div>
      </div>
      {waits.length > 0 && <p className="num text-soft text-xs">Held: {waits.join(', ')}.</p>}
      {breaker.state !== 'closed' && (
        <Notice mood="warn">
          {plural(breaker.failures, 'attempt')} failed; the last said: <StoredText text={breaker.reason} max={300} />
          {breaker.retryAt !== undefined && ` · tried again ${ago(Date.parse(breaker.retryAt))}`}
        </Notice>
      )}
      {test.isError && <Notice mood="danger">{messageOf(test.error)}</Notice>}
      {test.data !== undefined && (
        <Notice mood={test.data.result === 'sent' ? 'good' : 'danger'}>
          {test.data.result === 'sent' ? 'The test was sent: ' : 'The test was not sent: '}
          <StoredText text={test.data.detail} max={300} />
        </Notice>
      )}
    </li>
  )
}
