/** An event opened: its fields with filters, the document as JSON, and the text it was made from. */

import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { lazy, Suspense, useMemo, useState } from 'react'
import type { StoredEvent } from '../api.ts'
import { sessionQuery } from '../queries.ts'
import { inputClass } from './controls.tsx'
import { CopyButton } from './copy-button.tsx'
import { type Field, fieldsOf, textAt } from './event-fields.ts'
import { plural } from './format.ts'
import { Icon, type IconName } from './icons.tsx'
import { MailChecks } from './mail-checks.tsx'
import { PacketsButton } from './packets-button.tsx'
import { filterState, type Scalar } from './query-text.ts'
import { StoredBlock } from './stored-text.tsx'
import { Surroundings } from './surroundings.tsx'
import { useValueMenu } from './value-menu.tsx'

const EventDialog = lazy(() => import('./triage/event-dialogs.tsx'))

export const eventViews = ['table', 'json', 'original', 'around'] as const
export type EventView = (typeof eventViews)[number]

const titles: Readonly<Record<EventView, string>> = {
  table: 'Fields',
  json: 'JSON',
  original: 'Original',
  around: 'Surrounding'
}

type DetailProps = {
  event: StoredEvent
  query: string
  view: EventView
  onView: (view: EventView) => void
  onToggle: (field: string, value: Scalar, mode: 'include' | 'exclude') => void
  onAround: (timeMs: number) => void
  /** Another one, of those around it. */
  onOther: (event: StoredEvent) => void
}

const actionClass =
  'h-7 rounded-md px-2 font-medium text-soft text-xs inline-flex items-center gap-1.5 hover:bg-hover hover:text-ink'

export function EventDetail({ event, query, view, onView, onToggle, onAround, onOther }: DetailProps) {
  const { document } = event
  const original = textAt(document, 'event.original') ?? ''
  const [asking, setAsking] = useState<'rule' | 'case' | undefined>()
  const signature = signatureOf(document)
  const mayTriage = useQuery(sessionQuery).data?.scopes.includes('triage') ?? false
  const json = useMemo(() => (view === 'json' ? jsonOf(document) : ''), [document, view])
  return (
    <section aria-label="Event" className="enter border-line border-t px-3 pt-2 pb-4 md:pl-11">
      <div className="mb-2 flex flex-wrap items-center gap-1">
        <div role="tablist" aria-label="How to show the event" className="mr-auto flex rounded-lg bg-sunken p-0.5">
          {eventViews.map(each => (
            <button
              key={each}
              type="button"
              role="tab"
              id={`tab-${each}`}
              aria-selected={view === each}
              aria-controls="event-panel"
              tabIndex={view === each ? 0 : -1}
              className={`h-6.5 rounded-md px-2.5 font-medium text-xs ${view === each ? 'bg-raised text-ink shadow-card' : 'text-muted hover:text-ink'}`}
              onClick={() => onView(each)}
              onKeyDown={key => {
                const step = key.key === 'ArrowRight' ? 1 : key.key === 'ArrowLeft' ? -1 : 0
                if (step === 0) return
                const next = eventViews[(eventViews.indexOf(view) + step + eventViews.length) % eventViews.length]!
                onView(next)
                window.document.getElementById(`tab-${next}`)?.focus()
              }}
            >
              {titles[each]}
            </button>
          ))}
        </div>
        <button type="button" className={actionClass} onClick={() => onAround(event.timeMs)}>
          <Icon name="around" className="size-3.5" /> Around this time
        </button>
        <button type="button" className={actionClass} onClick={() => setAsking('rule')}>
          <Icon name="shield" className="size-3.5" /> Rule …
        </button>
        {signature !== undefined && (
          <Link to="/sensor" search={{ signature }} className={actionClass}>
            <Icon name="bell" className="size-3.5" /> Signature …
          </Link>
        )}
        {mayTriage && (
          <button type="button" className={actionClass} onClick={() => setAsking('case')}>
            <Icon name="case" className="size-3.5" /> Case …
          </button>
        )}
        {mayTriage && <PacketsButton event={event} className={actionClass} />}
        <CopyButton
          className={actionClass}
          text={() => (view === 'original' ? original : jsonOf(document))}
          label={view === 'original' ? 'Copy the original' : 'Copy as JSON'}
          shown={view === 'original' ? 'Copy original' : 'Copy JSON'}
        />
      </div>
      {asking !== undefined && (
        <Suspense>
          <EventDialog what={asking} event={event} onClose={() => setAsking(undefined)} />
        </Suspense>
      )}
      <div role="tabpanel" id="event-panel" aria-labelledby={`tab-${view}`}>
        {view === 'table' ? (
          <>
            <MailChecks document={document} />
            <Fields document={document} query={query} onToggle={onToggle} />
          </>
        ) : view === 'around' ? (
          <Surroundings event={event} onOpen={onOther} />
        ) : view === 'json' ? (
          <Text text={json} />
        ) : original === '' ? (
          <p className="text-muted">The original text of this event is not kept.</p>
        ) : (
          <Text text={original} />
        )}
      </div>
    </section>
  )
}

/** The signature of Suricata that it is an alert of. */
function signatureOf(document: StoredEvent['document']): number | undefined {
  if (textAt(document, 'event.module') !== 'suricata' || textAt(document, 'event.kind') !== 'alert') return undefined
  const sid = Number(textAt(document, 'rule.id'))
  return Number.isInteger(sid) && sid > 0 ? sid : undefined
}

function jsonOf(document: StoredEvent['document']): string {
  return JSON.stringify(document, null, 2)
}

function Text({ text }: { text: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be reached by the keyboard
    <pre tabIndex={0} className="max-h-[60dvh] overflow-auto rounded-lg bg-sunken p-3 text-xs leading-[1.55]">
      <StoredBlock text={text} max={20_000} />
    </pre>
  )
}

const fieldsShown = 250

function Fields({
  document,
  query,
  onToggle
}: {
  document: StoredEvent['document']
  query: string
  onToggle: DetailProps['onToggle']
}) {
  const [only, setOnly] = useState('')
  const [all, setAll] = useState(false)
  const fields = useMemo(() => fieldsOf(document).filter(field => field.name !== 'event.original'), [document])
  const wanted = only.trim().toLowerCase()
  const found =
    wanted === ''
      ? fields
      : fields.filter(({ name, values }) =>
          [name, ...values].some(text => String(text).slice(0, 2000).toLowerCase().includes(wanted))
        )
  const shown = all ? found : found.slice(0, fieldsShown)
  return (
    <>
      {fields.length > 12 && (
        <input
          type="search"
          aria-label="Find a field"
          placeholder={`Find among ${fields.length} fields`}
          value={only}
          className={`${inputClass} mb-2 h-7.5! max-w-64 text-xs`}
          onChange={event => setOnly(event.target.value)}
          onKeyDown={event => {
            if (event.key !== 'Escape') return
            event.stopPropagation()
            event.preventDefault()
            if (only === '') event.currentTarget.blur()
            setOnly('')
          }}
        />
      )}
      <dl className="grid overflow-hidden rounded-lg border border-line">
        {shown.map(field => (
          <FieldRow key={field.name} field={field} query={query} onToggle={onToggle} />
        ))}
      </dl>
      {found.length === 0 && <p className="py-2 text-muted">No field holds that.</p>}
      {found.length > shown.length && (
        <button type="button" className="mt-2 text-accent hover:underline" onClick={() => setAll(true)}>
          Show all {plural(found.length, 'field')}
        </button>
      )}
    </>
  )
}

const valuesShown = 20

function FieldRow({ field, query, onToggle }: { field: Field; query: string; onToggle: DetailProps['onToggle'] }) {
  const [all, setAll] = useState(false)
  const values = all ? field.values : field.values.slice(0, valuesShown)
  return (
    <div className="grid grid-cols-1 border-line border-b px-2.5 py-1 last:border-b-0 even:bg-sunken/60 sm:grid-cols-[minmax(140px,260px)_1fr] sm:gap-x-3">
      <dt className="wrap-anywhere py-0.5 font-mono text-muted text-xs">
        <bdi className="stored">{field.name}</bdi>
      </dt>
      <dd className="grid min-w-0 gap-0.5">
        {values.map((value, at) => (
          <FieldValue
            // biome-ignore lint/suspicious/noArrayIndexKey: values may be there twice
            key={at}
            name={field.name}
            value={value}
            state={filterState(query, field.name, value)}
            onToggle={onToggle}
          />
        ))}
        {field.values.length > values.length && (
          <button
            type="button"
            className="justify-self-start text-accent text-xs hover:underline"
            onClick={() => setAll(true)}
          >
            Show all {field.values.length} values
          </button>
        )}
      </dd>
    </div>
  )
}

const filterableLength = 1000

function FieldValue({
  name,
  value,
  state,
  onToggle
}: {
  name: string
  value: Scalar
  state: 'include' | 'exclude' | undefined
  onToggle: DetailProps['onToggle']
}) {
  const menu = useValueMenu()
  const text = String(value)
  const brief = text.length > 60 ? `${text.slice(0, 60)}…` : text
  const small = 'inline-flex size-5.5 items-center justify-center rounded hover:bg-line hover:text-ink'
  const button = (mode: 'include' | 'exclude', icon: IconName) => (
    <button
      type="button"
      aria-pressed={state === mode}
      aria-label={`${mode === 'include' ? 'Only' : 'Without'} ${name} ${brief}`}
      title={
        state === mode ? 'Remove this filter' : mode === 'include' ? 'Only events with this' : 'Events without this'
      }
      className={`${small} ${state === mode ? (mode === 'include' ? 'bg-accent text-on-accent' : 'bg-danger text-panel') : 'text-muted'}`}
      onClick={() => onToggle(name, value, mode)}
    >
      <Icon name={icon} className="size-3" />
    </button>
  )
  return (
    <div className="group/field flex min-w-0 items-start gap-2">
      <span className={`min-w-0 flex-1 py-0.5 font-mono text-xs ${typeof value === 'string' ? '' : 'text-tone-blue'}`}>
        {text === '' ? <span className="text-muted">(empty)</span> : <StoredBlock text={text} />}
      </span>
      <span
        className={`flex shrink-0 transition-opacity pointer-fine:focus-within:opacity-100 ${state === undefined ? 'pointer-fine:opacity-35 pointer-fine:group-hover/field:opacity-100' : ''}`}
      >
        {name !== '@timestamp' && text.length <= filterableLength && (
          <>
            {button('include', 'plus')}
            {button('exclude', 'minus')}
          </>
        )}
        <CopyButton text={() => text} label={`Copy ${name}`} className={`${small} justify-center text-muted`} />
        <button
          type="button"
          aria-haspopup="menu"
          aria-label={`More for ${name} ${brief}`}
          className={`${small} text-muted`}
          onClick={event => menu.open(event.currentTarget, { field: name, value })}
        >
          <Icon name="more" className="size-3.5" />
        </button>
      </span>
    </div>
  )
}
