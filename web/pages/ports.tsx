/** The port analyzer: from stored flows to the smallest opening that covers them. */

import { useMutation } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { messageOf } from '../api.ts'
import { Button, Notice, PageHead, Spinner, TextField } from '../parts/controls.tsx'
import { Icon } from '../parts/icons.tsx'
import { type Asked, analyze, nothingAsked } from '../parts/ports/analysis.ts'
import { PortsAnswer } from '../parts/ports/ports-answer.tsx'
import { TimePicker } from '../parts/time-picker.tsx'

export function PortsPage() {
  const [asked, setAsked] = useState<Asked>(nothingAsked)
  const run = useMutation({ mutationFn: analyze })
  const set = (change: Partial<Asked>) => setAsked(before => ({ ...before, ...change }))
  const askAgain = (change: Partial<Asked>) => {
    const next = { ...asked, ...change }
    setAsked(next)
    run.mutate(next)
  }
  return (
    <div className="mx-auto w-full max-w-6xl px-3 py-5 sm:px-5">
      <title>Ports · Picket</title>
      <PageHead title="Close ports">
        Inbound rules for machines whose traffic nobody documented: the smallest opening that lets everything through
        that was observed, under a cap on the number of rules. Nothing is changed by it.
      </PageHead>
      <form
        className="panel mb-4 grid gap-3 px-4 py-3"
        onSubmit={event => {
          event.preventDefault()
          run.mutate(asked)
        }}
      >
        <div className="grid items-start gap-3 md:grid-cols-2">
          <TextField
            label="Whose rules"
            placeholder="10.0.1.5, 10.0.2.0/24, eni-…, i-…"
            hint="Addresses, networks, interfaces, instances. Empty: every machine that is ours, as the flows tell."
            value={asked.targets}
            onChange={event => set({ targets: event.target.value })}
          />
          <TextField
            label="Flows"
            placeholder="event.dataset:aws.vpcflow"
            hint="A search; empty: everything stored that names two addresses."
            value={asked.query}
            onChange={event => set({ query: event.target.value })}
          />
        </div>
        <div className="flex flex-wrap items-end gap-3">
          <TimePicker range={asked.range} stored={undefined} onChange={range => set({ range })} />
          <NumberField label="Rules at most" value={asked.maxRules} min={1} onChange={maxRules => set({ maxRules })} />
          <NumberField
            label="Unused ports in a range at most"
            value={asked.maxOpenPorts}
            min={0}
            onChange={maxOpenPorts => set({ maxOpenPorts })}
          />
          <NumberField
            label="Networks a range at most"
            value={asked.maxSources}
            min={0}
            onChange={maxSources => set({ maxSources })}
          />
          <Button look="primary" type="submit" className="h-10!" disabled={run.isPending}>
            Propose rules
          </Button>
          {run.isPending && <Spinner label="Reading the flows" />}
        </div>
        <More asked={asked} set={set} />
      </form>
      {run.error !== null && <Notice mood="danger">{messageOf(run.error)}</Notice>}
      {run.data !== undefined && (
        <PortsAnswer analysis={run.data} maxRules={run.variables?.maxRules ?? asked.maxRules} onLimits={askAgain} />
      )}
    </div>
  )
}

function More({ asked, set }: { asked: Asked; set: (change: Partial<Asked>) => void }) {
  const files = useRef<HTMLInputElement>(null)
  const [problem, setProblem] = useState<string>()
  const take = async (chosen: FileList | null) => {
    const read = await Promise.all(
      [...(chosen ?? [])].map(async file => ({ name: file.name, text: await file.text() }))
    )
    const size = [...asked.existing, ...read].reduce((sum, { text }) => sum + text.length, 0)
    if (size > 15e6) setProblem('These files are larger than 15 MB together: use picket ports on the command line.')
    else {
      setProblem(undefined)
      set({ existing: [...asked.existing, ...read] })
    }
  }
  return (
    <details>
      <summary className="w-fit cursor-pointer text-soft">Rules that are there, names of networks, and more</summary>
      <div className="mt-3 grid gap-3 md:grid-cols-2">
        <div className="grid content-start gap-1.5">
          <span className="font-medium text-soft">Rules that are there</span>
          <input
            ref={files}
            type="file"
            multiple
            accept=".json,.tfstate"
            aria-label="Files with the rules that are there"
            className="sr-only"
            onChange={event => {
              void take(event.target.files)
              event.target.value = ''
            }}
          />
          <Button icon="upload" className="w-fit" onClick={() => files.current?.click()}>
            Add files
          </Button>
          {asked.existing.map(file => (
            <span key={`${file.name} ${file.text.length}`} className="flex items-center gap-2">
              {file.name}
              <button
                type="button"
                aria-label={`Remove ${file.name}`}
                className="text-muted hover:text-danger"
                onClick={() => set({ existing: asked.existing.filter(each => each !== file) })}
              >
                <Icon name="close" className="size-3.5" />
              </button>
            </span>
          ))}
          {problem !== undefined && <span className="text-danger text-xs">{problem}</span>}
          <span className="text-muted text-xs">
            What <code>aws ec2 describe-security-groups</code> and <code>describe-network-interfaces</code> print, or a
            Terraform state.
          </span>
          <TextField
            label="Only this group"
            placeholder="sg-…"
            value={asked.group}
            onChange={event => set({ group: event.target.value })}
          />
        </div>
        <div className="grid content-start gap-3">
          <label className="grid gap-1">
            <span className="font-medium text-soft">Names of networks, a line each</span>
            <textarea
              rows={3}
              className="rounded-lg border border-control/60 bg-raised px-3 py-2 hover:border-control"
              placeholder="office=198.51.100.0/24"
              value={asked.known}
              onChange={event => set({ known: event.target.value })}
            />
          </label>
          <NumberField
            label="For everyone from so many different client networks (/16); 0: nothing is"
            value={asked.publicFrom}
            min={0}
            onChange={publicFrom => set({ publicFrom })}
          />
          <label className="flex items-center gap-2 text-soft">
            <input
              type="checkbox"
              checked={asked.answeredOnly}
              onChange={event => set({ answeredOnly: event.target.checked })}
            />
            Leave out what no answer was logged of
          </label>
        </div>
      </div>
    </details>
  )
}

function NumberField({
  label,
  value,
  min,
  onChange
}: {
  label: string
  value: number
  min: number
  onChange: (value: number) => void
}) {
  return (
    <TextField
      label={label}
      type="number"
      required
      min={min}
      max={100_000}
      step={1}
      value={Number.isNaN(value) ? '' : value}
      onChange={event => onChange(event.target.valueAsNumber)}
    />
  )
}
