/** The data generator: a configuration is written, its records are seen at once, and a run is started into this Picket. */

import { useMutation, useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useRef, useState } from 'react'
import { messageOf } from '../api.ts'
import { Button, Notice, PageHead, SelectField, Spinner, TextField } from '../parts/controls.tsx'
import { CopyButton } from '../parts/copy-button.tsx'
import { plural } from '../parts/format.ts'
import { firstText, knownKey, knownQuery, type Mistake, previewQuery, startRun } from '../parts/generate/generate.ts'
import { Runs } from '../parts/generate/runs.tsx'
import { useLater } from '../parts/rules/use-later.ts'
import type { YamlField } from '../parts/rules/yaml-editor.tsx'
import { queryClient, sessionQuery } from '../queries.ts'

const YamlEditor = lazy(() => import('../parts/rules/yaml-editor.tsx'))

export function GeneratePage() {
  const [text, setText] = useState(firstText)
  const known = useQuery(knownQuery)
  const mayRun = useQuery(sessionQuery).data?.scopes.includes('ingest') ?? false
  const asked = useLater(text, 350)
  const preview = useQuery(previewQuery(asked))
  const mistakes = preview.data?.ok === false ? preview.data.problems : []
  const field = useRef<YamlField>(null)
  return (
    <div className="mx-auto w-full max-w-[1400px] px-3 py-5 sm:px-5">
      <title>Generate · Picket</title>
      <PageHead title="Generate records">
        Records of any structure, or of real formats with attacks among them: for tests, demonstrations and load. On the
        command line, <code>picket generate</code> sends them anywhere.
      </PageHead>
      <div className="grid gap-4 lg:grid-cols-2">
        <section aria-label="Configuration" className="grid min-w-0 content-start gap-3">
          <Templates known={known.data} onChoose={setText} />
          <Suspense fallback={<Spinner />}>
            <YamlEditor
              ref={field}
              value={text}
              label="Configuration (YAML)"
              problems={mistakes.map(mistake => ({ ...mistake, severity: 'error' as const }))}
              isReadOnly={false}
              onChange={setText}
              onSave={() => {}}
            />
          </Suspense>
          {mistakes.length > 0 && <Mistakes of={mistakes} onChoose={mistake => field.current?.goTo(mistake)} />}
        </section>
        <section aria-label="Preview" className="grid min-w-0 content-start gap-3">
          <div className="flex h-9 items-center justify-between">
            <h2 className="font-semibold">The first records</h2>
            {preview.isFetching && <Spinner label="Making some" />}
            {preview.data?.ok && (
              <CopyButton
                text={() => (preview.data.ok ? preview.data.lines.join('\n') : '')}
                label="Copy the records"
                shown="Copy"
                className="text-soft hover:text-ink"
              />
            )}
          </div>
          {preview.error !== null && <Notice mood="danger">{messageOf(preview.error)}</Notice>}
          {preview.data?.ok && (
            <>
              {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be reached by the keyboard */}
              <ol tabIndex={0} aria-label="Records" className="panel max-h-[32rem] overflow-auto p-3 font-mono text-xs">
                {preview.data.lines.map((line, index) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: lines may be equal, and never move
                  <li key={index} className="wrap-anywhere whitespace-pre-wrap border-line py-1 not-first:border-t">
                    {line.slice(0, 4000)}
                  </li>
                ))}
              </ol>
              {preview.data.problem !== undefined && <Notice mood="warn">{preview.data.problem}</Notice>}
            </>
          )}
          {mayRun && <Start text={text} isRight={preview.data?.ok === true} />}
        </section>
      </div>
      <div className="mt-4">
        <Runs runs={known.data?.runs ?? []} mayStop={mayRun} />
      </div>
    </div>
  )
}

function Templates({
  known,
  onChoose
}: {
  known:
    | {
        shapes: { name: string; about: string }[]
        attacks: { name: string }[]
        examples: { name: string; text: string }[]
      }
    | undefined
  onChoose: (text: string) => void
}) {
  const [chosen, setChosen] = useState('')
  const shapes = known?.shapes ?? []
  const examples = known?.examples ?? []
  const attacks = known?.attacks ?? []
  return (
    <SelectField
      label="Begin with"
      value={chosen}
      onChange={value => {
        setChosen(value)
        const [kind, name] = [value.slice(0, 1), value.slice(2)]
        if (kind === 'e') onChoose(examples.find(example => example.name === name)?.text ?? firstText)
        else if (kind === 's') onChoose(shapeText(name, shapes.find(shape => shape.name === name)?.about ?? ''))
        else if (kind === 'a')
          onChoose(
            officeText(
              shapes.map(shape => shape.name),
              attacks.map(attack => attack.name)
            )
          )
        else onChoose(firstText)
      }}
      options={[
        { value: '', label: 'fields of my own' },
        ...examples.map(({ name }) => ({ value: `e ${name}`, label: `the example ${name}` })),
        ...shapes.map(({ name, about }) => ({ value: `s ${name}`, label: `${name}: ${about}` })),
        ...(attacks.length === 0 ? [] : [{ value: 'a all', label: 'an office, with every attack in it' }])
      ]}
    />
  )
}

const shapeText = (name: string, about: string): string =>
  `# ${about}.\nshape: ${name}\nofficeHours: Z\n# attacks:\n#   - { attack: port-scan, at: 5m }\n`

const officeText = (shapes: readonly string[], attacks: readonly string[]): string =>
  `# One office, seen in several formats that agree with each other.\nshape: [${shapes.filter(name => name !== 'mail').join(', ')}]\nattacks:\n${attacks.map((name, index) => `  - { attack: ${name}, at: ${index * 2 + 1}m }\n`).join('')}`

function Mistakes({ of, onChoose }: { of: readonly Mistake[]; onChoose: (mistake: Mistake) => void }) {
  return (
    <ul aria-label="What is wrong" className="grid gap-1.5">
      {of.map(mistake => (
        <li key={`${mistake.line} ${mistake.column} ${mistake.message}`}>
          <button
            type="button"
            className="wrap-anywhere w-full rounded-lg border border-danger/35 bg-danger-soft px-3 py-1.5 text-left hover:border-danger"
            onClick={() => onChoose(mistake)}
          >
            <span className="font-semibold">Line {mistake.line}</span> · {mistake.key} {mistake.message}
            {mistake.suggestion !== undefined && (
              <span className="text-soft">; did you mean {mistake.suggestion}?</span>
            )}
          </button>
        </li>
      ))}
    </ul>
  )
}

function Start({ text, isRight }: { text: string; isRight: boolean }) {
  const [source, setSource] = useState('generator')
  const [rate, setRate] = useState('100')
  const [number, setNumber] = useState('')
  const run = useMutation({
    mutationFn: () => startRun({ text, source, rate, ...(number.trim() !== '' && { count: Number(number) }) }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: knownKey })
  })
  return (
    <form
      aria-label="Start a run"
      className="panel grid gap-3 px-4 py-3"
      onSubmit={event => {
        event.preventDefault()
        run.mutate()
      }}
    >
      <h2 className="font-semibold">Into this Picket</h2>
      <div className="grid items-start gap-3 sm:grid-cols-3">
        <TextField
          label="As the source"
          required
          pattern="[A-Za-z0-9][A-Za-z0-9._\-]{0,63}"
          value={source}
          onChange={event => setSource(event.target.value)}
        />
        <TextField
          label="Records a second"
          required
          hint="1000, ramp:10..500/60s, burst:10..500/5s/60s"
          value={rate}
          onChange={event => setRate(event.target.value)}
        />
        <TextField
          label="How many"
          type="number"
          min={1}
          placeholder="until stopped"
          value={number}
          onChange={event => setNumber(event.target.value)}
        />
      </div>
      <div className="flex flex-wrap items-center gap-3">
        <Button look="primary" type="submit" disabled={!isRight || run.isPending}>
          Start
        </Button>
        <span className="text-muted">They are events like any other: rules look at them, and alerts come of them.</span>
      </div>
      {run.error !== null && <Notice mood="danger">{messageOf(run.error)}</Notice>}
      {run.data?.ok === false && <Notice mood="danger">{plural(run.data.problems.length, 'mistake')} in it.</Notice>}
    </form>
  )
}
