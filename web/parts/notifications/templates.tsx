/** Templates: the words of messages, with what becomes of them in each kind of destination while they are written. */

import { useMutation, useQuery } from '@tanstack/react-query'
import { useDeferredValue, useState } from 'react'
import { change, messageOf } from '../../api.ts'
import { Button, inputClass, Notice, TextField } from '../controls.tsx'
import { type Notifications, refresh, type Template } from './notifications.ts'
import { Empty, Section, SmallButton } from './section.tsx'

export function Templates({ data, isAdmin }: { data: Notifications; isAdmin: boolean }) {
  const [editing, setEditing] = useState<Template | 'new' | undefined>()
  const remove = useMutation({
    mutationFn: (name: string) => change('DELETE', `/api/notifications/templates/${encodeURIComponent(name)}`),
    onSettled: refresh
  })
  return (
    <Section
      title="Templates"
      hint="The title and the text of messages; routes name one. Without, Picket has its own words."
      action={
        isAdmin &&
        editing === undefined && (
          <SmallButton icon="plus" onClick={() => setEditing('new')}>
            Add a template
          </SmallButton>
        )
      }
    >
      {remove.isError && (
        <div className="px-4 pb-3">
          <Notice mood="danger">{messageOf(remove.error)}</Notice>
        </div>
      )}
      {editing !== undefined ? (
        <TemplateEditor
          data={data}
          before={editing === 'new' ? undefined : editing}
          onClose={() => setEditing(undefined)}
        />
      ) : data.templates.length === 0 ? (
        <Empty>There are none: Picket’s own words are used.</Empty>
      ) : (
        <ul aria-label="Templates" className="divide-y divide-line border-line border-t">
          {data.templates.map(template => (
            <li key={template.name} className="flex flex-wrap items-center gap-3 px-4 py-2.5">
              <div className="min-w-52 flex-1">
                <div className="font-medium">{template.name}</div>
                <div className="truncate font-mono text-muted text-xs">{template.title}</div>
              </div>
              {isAdmin && (
                <div className="flex gap-1.5">
                  <SmallButton aria-label={`Change the template ${template.name}`} onClick={() => setEditing(template)}>
                    Change
                  </SmallButton>
                  <SmallButton
                    look="danger"
                    aria-label={`Remove the template ${template.name}`}
                    disabled={remove.isPending}
                    onClick={() => remove.mutate(template.name)}
                  >
                    Remove
                  </SmallButton>
                </div>
              )}
            </li>
          ))}
        </ul>
      )}
    </Section>
  )
}

type Preview = {
  title: string
  body: string
  problems: { part: 'title' | 'body'; position: number; message: string; suggestion?: string }[]
  shown: { kind: string; label: string; text: string }[]
}

function TemplateEditor({
  data,
  before,
  onClose
}: {
  data: Notifications
  before: Template | undefined
  onClose: () => void
}) {
  const [name, setName] = useState(before?.name ?? '')
  const [title, setTitle] = useState(before?.title ?? data.ownTemplate.title)
  const [body, setBody] = useState(before?.body ?? data.ownTemplate.body)
  const [as, setAs] = useState('')
  const asked = useDeferredValue(`${title}\0${body}`)
  const preview = useQuery({
    queryKey: ['notification-preview', asked],
    queryFn: () => {
      const [of = '', text = ''] = asked.split('\0')
      return change<Preview>('POST', '/api/notifications/preview', { title: of, body: text })
    },
    placeholderData: kept => kept
  })
  const keep = useMutation({
    mutationFn: () => change('PUT', `/api/notifications/templates/${encodeURIComponent(name.trim())}`, { title, body }),
    onSuccess: async () => {
      await refresh()
      onClose()
    }
  })
  const shown = preview.data?.shown.find(({ kind }) => kind === as)
  return (
    <div className="grid gap-5 border-line border-t p-4 md:grid-cols-2">
      <form
        aria-label="Template"
        className="grid content-start gap-3"
        onSubmit={event => {
          event.preventDefault()
          keep.mutate()
        }}
      >
        <TextField
          label="Name"
          required
          maxLength={64}
          disabled={before !== undefined}
          value={name}
          onChange={event => setName(event.target.value)}
        />
        <label className="grid gap-1 font-medium text-soft">
          Title
          <input
            value={title}
            maxLength={10_000}
            className={`${inputClass} font-mono font-normal text-xs`}
            onChange={event => setTitle(event.target.value)}
          />
        </label>
        <label className="grid gap-1 font-medium text-soft">
          Text
          <textarea
            rows={8}
            value={body}
            maxLength={10_000}
            className={`${inputClass} h-auto! py-2 font-mono font-normal text-xs`}
            onChange={event => setBody(event.target.value)}
          />
        </label>
        {preview.data?.problems.map(({ part, position, message, suggestion }) => (
          <Notice key={`${part} ${position}`} mood="warn">
            In the {part === 'title' ? 'title' : 'text'}, {message}.
            {suggestion !== undefined && ` Did you mean {{${suggestion}}}?`}
          </Notice>
        ))}
        <details>
          <summary className="text-soft">What can stand in it</summary>
          <dl className="mt-2 grid grid-cols-[auto_1fr] gap-x-3 gap-y-1 text-xs">
            {data.templateNames.map(({ name: of, meaning }) => (
              <div key={of} className="contents">
                <dt className="font-mono text-accent">{`{{${of}}}`}</dt>
                <dd className="text-soft">{meaning}</dd>
              </div>
            ))}
            <dt className="font-mono text-accent">{'{{#url}}…{{/url}}'}</dt>
            <dd className="text-soft">left out where there is no url (or any other name)</dd>
          </dl>
        </details>
        {keep.isError && <Notice mood="danger">{messageOf(keep.error)}</Notice>}
        <div className="flex justify-end gap-2">
          <Button look="ghost" onClick={onClose}>
            Cancel
          </Button>
          <Button
            type="submit"
            look="primary"
            disabled={keep.isPending || name.trim() === '' || (preview.data?.problems.length ?? 0) > 0}
          >
            Keep the template
          </Button>
        </div>
      </form>
      <section aria-label="Preview" className="grid content-start gap-2">
        <div className="flex items-center justify-between gap-2">
          <h3 className="font-medium text-soft">Preview, with an example</h3>
          <select
            aria-label="Preview as"
            value={as}
            className={`${inputClass} h-8 w-40!`}
            onChange={event => setAs(event.target.value)}
          >
            <option value="">text</option>
            {preview.data?.shown.map(({ kind, label }) => (
              <option key={kind} value={kind}>
                {label}
              </option>
            ))}
          </select>
        </div>
        {preview.isError && <Notice mood="danger">{messageOf(preview.error)}</Notice>}
        {preview.data !== undefined && (
          <div className="max-h-96 overflow-auto rounded-lg bg-sunken p-3 text-xs">
            {shown === undefined ? (
              <>
                <p className="font-semibold">{preview.data.title}</p>
                <p className="mt-1 whitespace-pre-wrap">{preview.data.body}</p>
              </>
            ) : (
              <pre className="whitespace-pre-wrap wrap-anywhere">{shown.text}</pre>
            )}
          </div>
        )}
      </section>
    </div>
  )
}
