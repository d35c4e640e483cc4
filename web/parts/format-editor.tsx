/** A format's description, changed by hand, and what it makes of the sample at every step. */

import { useMutation, useQuery } from '@tanstack/react-query'
import { useEffect, useId, useRef, useState } from 'react'
import { change } from '../api.ts'
import { queryClient } from '../queries.ts'
import { Button, inputClass, Notice } from './controls.tsx'
import { CopyButton } from './copy-button.tsx'
import { plural } from './format.ts'
import { BrokenCases } from './format-broken.tsx'
import { SampleField } from './format-sample.tsx'
import { TriedRecords } from './format-tried.tsx'
import { type BrokenCase, type Problem, problemsOf, type Trial, trialQuery } from './formats.ts'
import { Icon } from './icons.tsx'
import { LeaveDialog } from './leave-dialog.tsx'

export type Start = { name?: string; text: string; sample: string; broken?: readonly BrokenCase[] }
export type Kept = { name: string; cases: number }

const pauseMs = 350

export function FormatEditor({
  start,
  ownNames,
  mayKeep,
  onKept,
  onClose
}: {
  start: Start
  ownNames: readonly string[]
  mayKeep: boolean
  onKept: (kept: Kept) => void
  onClose: () => void
}) {
  const [text, setText] = useState(start.text)
  const [sample, setSample] = useState(start.sample)
  const [settled, setSettled] = useState({ text: start.text, sample: start.sample })
  useEffect(() => {
    const timer = setTimeout(() => setSettled({ text, sample }), pauseMs)
    return () => clearTimeout(timer)
  }, [text, sample])
  const trial = useQuery(trialQuery(settled.text, settled.sample))
  // While there is a mistake, what the last description without one made is of use still.
  const lastGood = useRef<Trial | undefined>(undefined)
  if (trial.data !== undefined) lastGood.current = trial.data
  const isStale = trial.isFetching || settled.text !== text || settled.sample !== sample
  const problems = problemsOf(trial.error, settled.text)
  // The button that brought people here is gone: the keyboard goes on where they will write.
  useEffect(() => document.querySelector<HTMLElement>('textarea[data-description]')?.focus({ preventScroll: true }), [])
  const isDone = useRef(false)
  const isChanged = start.name === undefined || text !== start.text || sample !== start.sample
  const name = trial.data?.name ?? ''
  const keep = useMutation({
    mutationFn: () => change<Kept>('PUT', `/api/parsers/${name}`, { text, sample }),
    onSuccess: kept => {
      isDone.current = true
      void queryClient.invalidateQueries({ queryKey: ['formats'] })
      onKept(kept)
    }
  })
  const replaces = name !== start.name && ownNames.includes(name)
  return (
    <div className="grid gap-4">
      {start.broken !== undefined && start.broken.length > 0 && <BrokenCases broken={start.broken} />}
      <section aria-label="The description" className="panel grid gap-4 p-4 lg:grid-cols-[minmax(0,1fr)_300px]">
        <Description text={text} onText={setText} problems={problems} />
        <div className="grid content-start gap-3">
          <Advice
            problems={problems}
            isStale={isStale}
            remarks={trial.data?.remarks ?? []}
            already={trial.data?.already}
          />
          {keep.error !== null && <Notice mood="danger">{keep.error.message}</Notice>}
          {replaces && (
            <Notice mood="warn">There is a format {name} of your own already: saving takes its place.</Notice>
          )}
          {start.name !== undefined && name !== '' && name !== start.name && (
            <Notice mood="info" icon="copy">
              It is kept as {name}; {start.name} stays as it is.
            </Notice>
          )}
          <div className="flex flex-wrap gap-2">
            <Button
              look="primary"
              icon="check"
              disabled={!mayKeep || isStale || problems.length > 0 || keep.isPending || name === ''}
              onClick={() => keep.mutate()}
            >
              {keep.isPending ? 'Saving …' : 'Save'}
            </Button>
            <Button look="ghost" onClick={onClose}>
              {isChanged ? 'Cancel' : 'Close'}
            </Button>
            <CopyButton
              text={() => text}
              label="Copy the description"
              shown="Copy"
              className="ml-auto h-9 rounded-lg px-3 font-medium text-soft hover:bg-hover"
            />
          </div>
          <p className="text-muted text-xs">
            {mayKeep
              ? 'Saved, it is in force at once for what comes in, and the events below become its cases: you are told when one of them becomes something else.'
              : 'Only administrators can save formats. Copy the description and send it to one.'}
          </p>
        </div>
      </section>
      <TriedRecords records={lastGood.current?.records} isStale={isStale || problems.length > 0} />
      <details className="panel group" open={sample === ''}>
        <summary className="flex list-none items-center gap-2 px-4 py-3 font-semibold [&::-webkit-details-marker]:hidden">
          <Icon name="chevron" className="size-3 text-muted transition-transform group-open:rotate-90" />
          Change the sample
        </summary>
        <div className="px-4 pb-4">
          <SampleField sample={sample} onSample={setSample} rows={10} />
        </div>
      </details>
      <LeaveDialog isChanged={() => isChanged && !isDone.current} />
    </div>
  )
}

function Description({
  text,
  onText,
  problems
}: {
  text: string
  onText: (text: string) => void
  problems: readonly Problem[]
}) {
  const id = useId()
  return (
    <div className="grid min-w-0 content-start gap-1">
      <label htmlFor={id} className="font-medium text-soft">
        Description (YAML)
      </label>
      <textarea
        id={id}
        data-description
        rows={rowsOf(text)}
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        aria-invalid={problems.length > 0}
        aria-describedby="format-problems"
        value={text}
        className={`${inputClass} h-auto! resize-y overflow-auto py-2 font-mono text-xs leading-5 aria-invalid:border-danger!`}
        onChange={event => onText(event.target.value)}
      />
    </div>
  )
}

/** Long patterns are wrapped: a guess at how often. */
function rowsOf(text: string): number {
  const rows = text.split('\n').reduce((sum, line) => sum + Math.ceil((line.length + 1) / 90), 1)
  return Math.min(28, Math.max(12, rows))
}

/** Beside the description: what is wrong with it, or else what one should look at. */
function Advice({
  problems,
  isStale,
  remarks,
  already
}: {
  problems: readonly Problem[]
  isStale: boolean
  remarks: readonly string[]
  already: { name: string; title: string } | undefined
}) {
  const goTo = ({ position, length }: Problem) => {
    const area = document.querySelector<HTMLTextAreaElement>('textarea[data-description]')
    if (area === null) return
    area.setSelectionRange(position, position + length)
    // Browsers scroll to what is selected when the focus comes.
    area.blur()
    area.focus()
  }
  return (
    <div id="format-problems" aria-live="polite" className="grid gap-2">
      {problems.length > 0 ? (
        <>
          <h2 className="flex items-center gap-1.5 font-semibold text-danger">
            <Icon name="warning" /> {plural(problems.length, 'mistake')} in the description
          </h2>
          <ul className="grid gap-2">
            {problems.map(problem => (
              <li key={`${problem.position} ${problem.message}`}>
                <button
                  type="button"
                  className="wrap-anywhere w-full rounded-lg border border-danger/35 bg-danger-soft px-3 py-2 text-left hover:border-danger"
                  onClick={() => goTo(problem)}
                >
                  <span className="font-semibold">Line {problem.line}</span> · {problem.message}
                </button>
              </li>
            ))}
          </ul>
          <p className="text-muted text-xs">Below is what the last description without mistakes made of the sample.</p>
        </>
      ) : (
        <p className={`flex items-center gap-1.5 font-medium ${isStale ? 'text-muted' : 'text-good'}`}>
          <Icon name={isStale ? 'clock' : 'check'} /> {isStale ? 'Being tried …' : 'The description has no mistakes.'}
        </p>
      )}
      {problems.length === 0 && (remarks.length > 0 || already !== undefined) && (
        <ul aria-label="Remarks" className="grid gap-1.5">
          {remarks.map(remark => (
            <li key={remark} className="wrap-anywhere rounded-lg border border-warn/35 bg-warn-soft px-3 py-2">
              {remark}
            </li>
          ))}
          {already !== undefined && (
            <li className="wrap-anywhere rounded-lg border border-line bg-sunken px-3 py-2">
              Without this format, Picket reads such records as <code className="text-xs">{already.name}</code> (
              {already.title}). Formats of your own are asked first.
            </li>
          )}
        </ul>
      )}
    </div>
  )
}
