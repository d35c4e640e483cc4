/** A file or a text with indicators: what Picket recognises in it is shown before it is kept. */

import { useMutation, useQuery } from '@tanstack/react-query'
import { type DragEvent, useState } from 'react'
import { messageOf } from '../../api.ts'
import { Badge, Button, inputClass, Notice, SelectField, Spinner, TextField } from '../controls.tsx'
import { bytes, count, plural } from '../format.ts'
import { StoredText } from '../stored-text.tsx'
import { feedFormats, indicatorTypes, type Preview, refreshIntel, sendFile } from './intel.ts'

const previewBytes = 8 * 1024 * 1024
type Kept = { feed: string; read: number; added: number; refused: number }

export function BringIn({ onClose }: { onClose: () => void }) {
  const [file, setFile] = useState<File | undefined>()
  const [text, setText] = useState('')
  const [over, setOver] = useState(false)
  const [format, setFormat] = useState('')
  const [column, setColumn] = useState('')
  const [type, setType] = useState('')
  const [feed, setFeed] = useState('Own indicators')
  const given = file ?? (text.trim() === '' ? undefined : new File([text], 'pasted.txt'))
  const options = { name: given?.name ?? '', format, column: column.trim(), type }
  const preview = useQuery({
    queryKey: [
      'intel',
      'preview',
      file === undefined ? text : `${file.name} ${file.size} ${file.lastModified}`,
      options
    ],
    queryFn: () => sendFile<Preview>('/api/intel/preview', options, given!.slice(0, previewBytes)),
    enabled: given !== undefined,
    retry: false
  })
  const keep = useMutation({
    mutationFn: () => sendFile<Kept>('/api/intel/import', { ...options, feed: feed.trim() }, given!),
    onSuccess: refreshIntel
  })
  const take = (next: File | undefined) => {
    if (next === undefined) return
    keep.reset()
    setFile(next)
  }
  // Here a file is indicators; on the rest of the page it would be records.
  const mine = (event: DragEvent) => {
    event.preventDefault()
    event.stopPropagation()
  }
  const { data } = preview
  if (keep.isSuccess)
    return (
      <Notice
        mood="good"
        action={
          <Button small onClick={onClose}>
            Close
          </Button>
        }
      >
        {plural(keep.data.added, 'new indicator')} in <strong>{keep.data.feed}</strong>
        {keep.data.refused > 0 && `; ${plural(keep.data.refused, 'line')} could not be used`}. Picket looks for them
        from now on, and in what is stored.
      </Notice>
    )
  return (
    <section aria-label="Bring in indicators" className="panel grid gap-4 p-4">
      <fieldset
        aria-label="Where the file is dropped"
        className={`grid gap-3 rounded-xl border-2 border-dashed p-4 ${over ? 'border-accent bg-accent-soft' : 'border-line-strong'}`}
        onDragEnter={event => {
          mine(event)
          setOver(true)
        }}
        onDragOver={mine}
        onDragLeave={event => {
          event.stopPropagation()
          setOver(false)
        }}
        onDrop={event => {
          mine(event)
          setOver(false)
          take(event.dataTransfer.files[0])
        }}
      >
        {file === undefined ? (
          <>
            <p className="text-center text-soft">
              Drop a file here: a list, a CSV table, STIX, a MISP event, or a report.{' '}
              <label className="cursor-pointer text-accent underline underline-offset-2 focus-within:outline-2">
                Choose one
                <input type="file" className="sr-only" onChange={event => take(event.target.files?.[0])} />
              </label>
            </p>
            <textarea
              aria-label="Or paste a text"
              rows={3}
              value={text}
              onChange={event => setText(event.target.value)}
              placeholder="… or paste a text here: a mail, a blog post, a list. Defanged values are understood."
              className={`${inputClass} h-auto! py-2 font-mono text-xs`}
            />
          </>
        ) : (
          <p className="flex flex-wrap items-center justify-center gap-3">
            <span className="font-medium">{file.name}</span>
            <span className="num text-muted">{bytes(file.size)}</span>
            <Button small onClick={() => setFile(undefined)}>
              Another one
            </Button>
          </p>
        )}
      </fieldset>
      {given !== undefined && (
        <>
          <div className="grid items-start gap-3 sm:grid-cols-4">
            <SelectField
              label="Format"
              value={format}
              onChange={setFormat}
              options={[
                { value: '', label: data === undefined ? 'recognised' : `recognised: ${data.format}` },
                ...feedFormats.map(value => ({ value, label: value }))
              ]}
            />
            <TextField
              label="Column"
              value={column}
              onChange={event => setColumn(event.target.value)}
              hint="Of a table: name or number."
            />
            <SelectField
              label="Its values are"
              value={type}
              onChange={setType}
              options={[{ value: '', label: 'recognised' }, ...indicatorTypes.map(value => ({ value, label: value }))]}
            />
            <TextField
              label="Keep them in"
              value={feed}
              onChange={event => setFeed(event.target.value)}
              hint="A name of its own can be removed as one."
            />
          </div>
          {preview.isPending && <Spinner label="Reading it" />}
          {preview.error !== null && <Notice mood="danger">{messageOf(preview.error)}</Notice>}
          {data !== undefined && <Recognised preview={data} isPart={given.size > previewBytes} />}
          {keep.error !== null && <Notice mood="danger">{messageOf(keep.error)}</Notice>}
        </>
      )}
      <div className="flex justify-end gap-2">
        <Button look="ghost" onClick={onClose}>
          Cancel
        </Button>
        <Button
          look="primary"
          disabled={
            given === undefined || data === undefined || data.read === 0 || feed.trim() === '' || keep.isPending
          }
          onClick={() => keep.mutate()}
        >
          {keep.isPending
            ? 'Keeping …'
            : data === undefined || given === undefined || given.size > previewBytes
              ? 'Keep the indicators'
              : `Keep ${plural(data.read, 'indicator')}`}
        </Button>
      </div>
    </section>
  )
}

function Recognised({ preview, isPart }: { preview: Preview; isPart: boolean }) {
  const { counts, sample, refused, read, allowed, problems } = preview
  return (
    <div className="grid gap-3" role="status">
      <div className="flex flex-wrap items-center gap-2">
        <strong>{plural(read, 'indicator')}</strong>
        {Object.entries(counts)
          .sort((a, b) => b[1] - a[1])
          .map(([type, n]) => (
            <Badge key={type} tone="blue">
              {count(n)} {type}
            </Badge>
          ))}
        {isPart && <span className="text-muted">in its first {bytes(previewBytes)}</span>}
        {allowed > 0 && <Badge tone="green">{count(allowed)} on allow lists</Badge>}
        {refused > 0 && <span className="text-warn">{plural(refused, 'line')} cannot be used</span>}
      </div>
      {sample.length > 0 && (
        <ul
          aria-label="Recognised"
          className="max-h-56 divide-y divide-line overflow-auto rounded-lg border border-line"
        >
          {sample.map(each => (
            <li key={`${each.type} ${each.value}`} className="flex items-center gap-2 px-3 py-1">
              <span className="w-20 shrink-0 text-muted text-xs">{each.type}</span>
              <span
                className={`min-w-0 flex-1 font-mono text-xs ${each.allowedBy === undefined ? '' : 'text-muted line-through'}`}
              >
                <StoredText text={each.value} max={200} />
              </span>
              {each.allowedBy !== undefined && <Badge tone="green">allowed: {each.allowedBy}</Badge>}
            </li>
          ))}
        </ul>
      )}
      {problems.length > 0 && (
        <details className="text-xs">
          <summary className="cursor-pointer text-soft">What cannot be used</summary>
          <ul className="mt-1 list-disc pl-5 text-soft">
            {problems.map(problem => (
              <li key={problem}>
                <StoredText text={problem} max={200} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  )
}
