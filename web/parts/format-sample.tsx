/** The first step of a new format: some of its records, pasted or from a small file, and a name. */

import { useMutation } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { change } from '../api.ts'
import { Button, inputClass, Notice, TextField } from './controls.tsx'
import { nameFrom, type Proposal, sampleOf } from './formats.ts'

export function FormatSample({
  sample,
  name,
  onSample,
  onName,
  onProposed
}: {
  sample: string
  name: string
  onSample: (sample: string) => void
  onName: (name: string) => void
  onProposed: (proposal: Proposal) => void
}) {
  const propose = useMutation({
    mutationFn: () => change<Proposal>('POST', '/api/parsers/propose', { sample, name }),
    onSuccess: onProposed
  })
  const isBadName = name !== '' && !/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(name)
  return (
    <form
      className="panel grid gap-4 p-4 sm:p-5"
      onSubmit={event => {
        event.preventDefault()
        propose.mutate()
      }}
    >
      <SampleField
        sample={sample}
        onSample={onSample}
        onFile={file => name === '' && onName(nameFrom(file))}
        rows={12}
        hint="Lines, or JSON. Take ordinary records and odd ones, 5 to 50: what never differs in them is taken for fixed."
      />
      <TextField
        label="Name of the format"
        value={name}
        required
        maxLength={64}
        placeholder="door-log"
        autoComplete="off"
        spellCheck={false}
        error={isBadName ? 'Small letters and digits, with - between words; a letter first.' : undefined}
        hint="What it is the log of, in small letters: door-log. Fields without a common name are kept below it."
        onChange={event => onName(event.target.value)}
      />
      {propose.error !== null && <Notice mood="danger">{propose.error.message}</Notice>}
      <Button
        type="submit"
        look="primary"
        className="justify-self-start"
        disabled={propose.isPending || sample.trim() === '' || name === '' || isBadName}
      >
        {propose.isPending ? 'Looking …' : 'Propose'}
      </Button>
    </form>
  )
}

/** A text area that takes a file as well: dropped, or chosen. */
export function SampleField({
  sample,
  onSample,
  onFile,
  rows,
  hint
}: {
  sample: string
  onSample: (sample: string) => void
  onFile?: (name: string) => void
  rows: number
  hint?: string
}) {
  const id = useId()
  const [over, setOver] = useState(false)
  const [note, setNote] = useState<string | undefined>()
  const take = async (file: File | undefined) => {
    if (file === undefined) return
    try {
      const { text, isCut, isBinary } = await sampleOf(file)
      if (isBinary) {
        setNote(`${file.name} is no text, so no sample can be taken from it.`)
        return
      }
      setNote(isCut ? `The beginning of ${file.name}: that is enough for a sample.` : undefined)
      onSample(text)
      onFile?.(file.name)
    } catch {
      setNote(`${file.name} cannot be read.`)
    }
  }
  const choose = () => {
    const input = document.createElement('input')
    input.type = 'file'
    input.onchange = () => void take(input.files?.[0])
    input.click()
  }
  return (
    <div className="grid gap-1">
      <div className="flex flex-wrap items-end justify-between gap-2">
        <label htmlFor={id} className="font-medium text-soft">
          Sample
        </label>
        <Button small icon="upload" onClick={choose}>
          Take a file
        </Button>
      </div>
      <textarea
        id={id}
        aria-describedby={`${id}-below`}
        rows={rows}
        wrap="off"
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        value={sample}
        placeholder="Paste some records here, or drop a file"
        className={`${inputClass} h-auto! resize-y overflow-auto py-2 font-mono text-xs leading-5 ${over ? 'border-accent! bg-accent-soft!' : ''}`}
        onChange={event => onSample(event.target.value)}
        // Here a file is a sample; on the rest of the page it would be brought in.
        onDragEnter={event => {
          event.preventDefault()
          event.stopPropagation()
          setOver(true)
        }}
        onDragOver={event => {
          event.preventDefault()
          event.stopPropagation()
        }}
        onDragLeave={event => {
          event.stopPropagation()
          setOver(false)
        }}
        onDrop={event => {
          setOver(false)
          if (event.dataTransfer.files.length === 0) return
          event.preventDefault()
          event.stopPropagation()
          void take(event.dataTransfer.files[0])
        }}
      />
      <div id={`${id}-below`} role="status" className="text-muted text-xs">
        {note ?? hint}
      </div>
    </div>
  )
}
