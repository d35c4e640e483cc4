/** The text of a rule, in an editor where it may be changed: what is wrong is said at its line before it is saved. */

import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useRef, useState } from 'react'
import { change, messageOf } from '../../api.ts'
import { Button, Notice, Spinner } from '../controls.tsx'
import { CopyButton } from '../copy-button.tsx'
import { plural } from '../format.ts'
import { Icon } from '../icons.tsx'
import { LeaveDialog } from '../leave-dialog.tsx'
import { Overlay } from '../overlay.tsx'
import { StoredText } from '../stored-text.tsx'
import { sayDone } from '../triage/done-notice.tsx'
import { BacktestPanel } from './backtest-panel.tsx'
import { checkQuery, saveRule } from './rule-saving.ts'
import { type Diagnostic, type RuleDetail, refreshRules, ruleAt } from './rules.ts'
import { useLater } from './use-later.ts'
import type { YamlField } from './yaml-editor.tsx'

const YamlEditor = lazy(() => import('./yaml-editor.tsx'))

export function RuleText({ rule, mayChange }: { rule: RuleDetail; mayChange: boolean }) {
  const isOwn = rule.origin === 'own'
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_320px]">
      <RuleEditor start={rule.fileText ?? rule.text} rule={rule} mayChange={mayChange} />
      <section aria-label="About the rule" className="panel grid gap-3 p-4">
        <Fact name="File" values={[rule.file]} isCode />
        {rule.fileText !== undefined && (
          <p className="text-muted text-xs">The file holds other rules, too: they are changed together.</p>
        )}
        <Fact name="Id" values={[rule.id]} isCode />
        {rule.author !== undefined && <Fact name="Author" values={[rule.author]} />}
        {(rule.date ?? rule.modified) !== undefined && (
          <Fact
            name="Date"
            values={[[rule.date, rule.modified && `changed ${rule.modified}`].filter(Boolean).join(', ')]}
          />
        )}
        {rule.groupBy.length > 0 && <Fact name="Alerts grouped by" values={rule.groupBy} isCode />}
        {rule.falsepositives.length > 0 && <Fact name="Known false positives" values={rule.falsepositives} />}
        {rule.references.length > 0 && (
          <div className="grid gap-0.5">
            <h3 className="text-muted text-xs">References</h3>
            <ul className="grid gap-0.5">
              {rule.references.slice(0, 20).map(link => (
                <li key={link} className="wrap-anywhere text-xs">
                  {/^https?:\/\//.test(link) ? (
                    <a href={link} target="_blank" rel="noopener noreferrer" className="text-accent hover:underline">
                      {link}
                    </a>
                  ) : (
                    <StoredText text={link} />
                  )}
                </li>
              ))}
            </ul>
          </div>
        )}
        {!isOwn && mayChange && (
          <p className="text-muted text-xs">
            {rule.origin === 'picket' ? 'It comes with Picket' : 'It is part of a collection'}: saving keeps a copy of
            your own, which goes before it.
          </p>
        )}
      </section>
    </div>
  )
}

function Fact({ name, values, isCode = false }: { name: string; values: readonly string[]; isCode?: boolean }) {
  return (
    <div className="grid gap-0.5">
      <h3 className="text-muted text-xs">{name}</h3>
      {values.map(value => (
        <p key={value} className={`wrap-anywhere ${isCode ? 'font-mono text-xs' : ''}`}>
          <StoredText text={value} max={600} />
        </p>
      ))}
    </div>
  )
}

/** `rule` undefined: a new one. */
export function RuleEditor({
  start,
  rule,
  mayChange
}: {
  start: string
  rule: RuleDetail | undefined
  mayChange: boolean
}) {
  const [text, setText] = useState(start)
  const [kept, setKept] = useState(start)
  const field = useRef<YamlField>(null)
  const navigate = useNavigate()
  const isChanged = text !== kept
  const asked = useLater(text, 400)
  const check = useQuery({ ...checkQuery(asked), enabled: mayChange && (isChanged || rule === undefined) })
  const problems: readonly Diagnostic[] =
    (isChanged || rule === undefined ? check.data?.diagnostics : rule.diagnostics) ?? []
  const errors = problems.filter(({ severity }) => severity === 'error')
  const save = useMutation({
    mutationFn: () => saveRule(text),
    onSuccess: async ids => {
      setKept(text)
      await refreshRules()
      sayDone({ text: 'The rule is saved, and in force from now on.' })
      // Of several the last: what the others are there for.
      const last = ids.at(-1)
      if (last !== undefined && (rule === undefined || !ids.includes(rule.id)))
        await navigate({ to: '/rules/$id', params: { id: last }, ignoreBlocker: true })
    }
  })
  const remove = useMutation({
    mutationFn: () => change('DELETE', ruleAt(rule!.id)),
    onSuccess: async () => {
      setKept(text)
      await navigate({ to: '/rules', ignoreBlocker: true })
      await refreshRules()
      sayDone({ text: `“${rule!.title}” is removed.` })
    }
  })
  const [removing, setRemoving] = useState(false)
  const isStale = text !== asked || check.isFetching
  const canSave =
    mayChange &&
    (isChanged || rule === undefined) &&
    errors.length === 0 &&
    check.data?.ok === true &&
    !isStale &&
    !save.isPending
  return (
    <section aria-label="Text of the rule" className="grid min-w-0 gap-3">
      <Suspense fallback={<Spinner />}>
        <YamlEditor
          ref={field}
          value={text}
          label="Text of the rule (YAML)"
          problems={problems}
          isReadOnly={!mayChange}
          onChange={setText}
          onSave={() => canSave && save.mutate()}
        />
      </Suspense>
      {problems.length > 0 && (
        <ul aria-label="What is wrong" className="grid gap-1.5">
          {problems.map(problem => (
            <li key={`${problem.line} ${problem.column} ${problem.message}`}>
              <button
                type="button"
                className={`wrap-anywhere w-full rounded-lg border px-3 py-1.5 text-left ${problem.severity === 'error' ? 'border-danger/35 bg-danger-soft hover:border-danger' : 'border-warn/35 bg-warn-soft hover:border-warn'}`}
                onClick={() => field.current?.goTo(problem)}
              >
                <span className="font-semibold">Line {problem.line}</span> · {problem.message}
                {problem.suggestion !== undefined && <span className="text-soft"> {problem.suggestion}</span>}
              </button>
            </li>
          ))}
        </ul>
      )}
      {save.error !== null && <Notice mood="danger">{messageOf(save.error)}</Notice>}
      {remove.error !== null && <Notice mood="danger">{messageOf(remove.error)}</Notice>}
      {mayChange && (
        <div className="flex flex-wrap items-center gap-2">
          <Button look="primary" icon="check" disabled={!canSave} onClick={() => save.mutate()}>
            {save.isPending ? 'Saving …' : rule === undefined || rule.origin === 'own' ? 'Save' : 'Save as my own'}
          </Button>
          {isChanged && (
            <Button look="ghost" onClick={() => setText(kept)}>
              Undo the changes
            </Button>
          )}
          <span
            role="status"
            className={`inline-flex items-center gap-1.5 ${errors.length > 0 ? 'text-danger' : 'text-muted'}`}
          >
            {errors.length > 0 ? (
              <>
                <Icon name="warning" className="size-3.5" /> {plural(errors.length, 'mistake')}
              </>
            ) : isChanged || rule === undefined ? (
              isStale ? (
                'Being read …'
              ) : check.data?.ok ? (
                <>
                  <Icon name="check" className="size-3.5 text-good" /> No mistakes
                </>
              ) : null
            ) : null}
          </span>
          <span className="ml-auto flex gap-2">
            <CopyButton
              text={() => text}
              label="Copy the text of the rule"
              shown="Copy"
              className="h-9 rounded-lg px-3 font-medium text-soft hover:bg-hover"
            />
            {rule?.origin === 'own' && (
              <Button look="danger" icon="trash" onClick={() => setRemoving(true)}>
                Remove …
              </Button>
            )}
          </span>
        </div>
      )}
      {mayChange && (isChanged || rule === undefined) && (
        <div className="mt-2 border-line border-t pt-4">
          <BacktestPanel subject={{ text }} mayExcept={false} disabled={errors.length > 0} />
        </div>
      )}
      <LeaveDialog isChanged={() => isChanged} />
      <Overlay
        open={removing}
        onClose={() => setRemoving(false)}
        title={`Remove ${rule?.title ?? ''}?`}
        description="Its alerts stay, with its text. A rule that comes with Picket and that it stood for is in force again."
      >
        <div className="flex justify-end gap-2">
          <Button onClick={() => setRemoving(false)}>Keep it</Button>
          <Button look="danger" disabled={remove.isPending} onClick={() => remove.mutate()}>
            Remove
          </Button>
        </div>
      </Overlay>
    </section>
  )
}
