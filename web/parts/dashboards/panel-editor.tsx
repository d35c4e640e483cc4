/** A panel being changed: its title, search and view on one side, what comes of it on the other. */

import { Dialog } from '@base-ui-components/react/dialog'
import { useEffect, useId, useRef, useState } from 'react'
import { Button, IconButton, SelectField, TextField } from '../controls.tsx'
import { focusFirst } from '../first-focus.ts'
import { type Panel, tones, type Unit, type View, viewNames, views } from './dashboard.ts'
import { heightOf } from './grid.tsx'
import { type Around, PanelCard } from './panel-card.tsx'

const examples: Readonly<Record<View, string>> = {
  timeseries: '| timechart count() by event.dataset',
  bars: '| top 10 destination.port',
  list: '| top 10 source.ip',
  table: '| stats count() by source.ip, destination.ip',
  single: '| stats count()',
  flows: '| stats count() by source.ip, destination.port'
}
const unitNames: readonly { value: '' | Unit; label: string }[] = [
  { value: '', label: 'plain numbers' },
  { value: 'bytes', label: 'bytes' },
  { value: 'seconds', label: 'seconds' },
  { value: 'percent', label: 'percent' }
]
const typingMs = 500

export function PanelEditor({
  panel,
  around,
  isNew,
  onDone,
  onClose
}: {
  panel: Panel
  around: Around
  isNew: boolean
  onDone: (panel: Panel) => void
  onClose: () => void
}) {
  const [draft, setDraft] = useState(panel)
  const [query, setQuery] = useState(panel.query)
  const queryId = useId()
  const body = useRef<HTMLDivElement>(null)
  // The preview follows when the typing rests.
  useEffect(() => {
    const timer = setTimeout(() => setDraft(before => ({ ...before, query })), typingMs)
    return () => clearTimeout(timer)
  }, [query])
  const setOptions = (options: Partial<Panel['options']>) =>
    setDraft(before => ({ ...before, options: { ...before.options, ...options } }))
  return (
    <Dialog.Root open onOpenChange={open => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-[light-dark(rgb(15_20_28/0.35),rgb(0_0_0/0.6))]" />
        <Dialog.Popup
          initialFocus={() => focusFirst(body.current)}
          className="fixed inset-2 z-50 mx-auto flex max-w-6xl flex-col rounded-xl border border-line bg-panel shadow-float sm:inset-x-6 sm:inset-y-10"
        >
          <div className="flex items-center gap-3 border-line border-b py-3 pr-2 pl-4">
            <Dialog.Title className="flex-1 font-semibold text-[15px]">
              {isNew ? 'A new panel' : 'Change the panel'}
            </Dialog.Title>
            <Dialog.Close render={<IconButton label="Close" icon="close" />} />
          </div>
          <div
            ref={body}
            className="grid min-h-0 flex-1 content-start gap-4 overflow-auto p-4 md:grid-cols-[minmax(280px,2fr)_3fr]"
          >
            <form
              id={`${queryId}-form`}
              className="grid content-start gap-3"
              onSubmit={event => {
                event.preventDefault()
                onDone({ ...draft, query: query.trim(), title: draft.title.trim() || viewNames[draft.view] })
              }}
            >
              <TextField
                label="Title"
                value={draft.title}
                maxLength={200}
                onChange={event => setDraft({ ...draft, title: event.target.value })}
              />
              <div className="grid gap-1">
                <label htmlFor={queryId} className="font-medium text-soft">
                  Search
                </label>
                <textarea
                  id={queryId}
                  rows={5}
                  spellCheck={false}
                  autoCapitalize="off"
                  maxLength={16_384}
                  className="rounded-lg border border-control/60 bg-raised p-3 font-mono text-[13px] leading-5"
                  value={query}
                  onChange={event => setQuery(event.target.value)}
                />
                <p className="text-muted text-xs">
                  A filter, then commands, such as <code className="whitespace-nowrap">{examples[draft.view]}</code>
                </p>
              </div>
              <SelectField
                label="View"
                value={draft.view}
                options={views.map(view => ({ value: view, label: viewNames[view] }))}
                onChange={view => setDraft({ ...draft, view: view as View })}
              />
              <div className="grid grid-cols-2 gap-3">
                <SelectField
                  label="Numbers are"
                  value={draft.options.unit ?? ''}
                  options={unitNames}
                  onChange={unit => setOptions({ unit: unit === '' ? undefined : (unit as Unit) })}
                />
                {draft.view === 'timeseries' ? (
                  <SelectField
                    label="Drawn as"
                    value={draft.options.style ?? 'bars'}
                    options={[
                      { value: 'bars', label: 'bars' },
                      { value: 'lines', label: 'lines' }
                    ]}
                    onChange={style => setOptions({ style: style as 'bars' | 'lines' })}
                  />
                ) : (
                  <SelectField
                    label="Colour"
                    value={draft.options.tone ?? ''}
                    options={[{ value: '', label: 'usual' }, ...tones.map(tone => ({ value: tone, label: tone }))]}
                    onChange={tone => setOptions({ tone: tones.find(each => each === tone) })}
                  />
                )}
              </div>
              {draft.view === 'single' && (
                <TextField
                  label="Below the number"
                  value={draft.options.caption ?? ''}
                  maxLength={200}
                  onChange={event =>
                    setOptions({ caption: event.target.value === '' ? undefined : event.target.value })
                  }
                />
              )}
            </form>
            <div className="min-w-0">
              <div className="mb-1 font-medium text-soft">Preview</div>
              <div className="grid" style={{ height: heightOf(Math.max(draft.h, 5)) }}>
                <PanelCard panel={draft} around={around} height={heightOf(Math.max(draft.h, 5))} />
              </div>
            </div>
          </div>
          <div className="flex justify-end gap-2 border-line border-t p-3">
            <Button onClick={onClose}>Cancel</Button>
            <Button look="primary" type="submit" form={`${queryId}-form`}>
              {isNew ? 'Add the panel' : 'Use it'}
            </Button>
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
