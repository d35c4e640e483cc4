/** The small questions before something is done to alerts: how they are closed, until when they sleep, what is said of them. */

import { type ReactNode, useState } from 'react'
import { Button, inputClass, SelectField, TextField } from '../controls.tsx'
import { dateTime, plural } from '../format.ts'
import { Overlay } from '../overlay.tsx'
import { isoOf, localInput } from '../time-range.ts'
import { type Alert, type AlertAction, type Level, levels, type Resolution, resolutions } from './alerts.ts'
import { People } from './people.tsx'

type DialogProps = {
  alerts: readonly Alert[]
  /** How many are meant, where it is more than these. */
  many?: number | undefined
  onClose: () => void
  onAct: (action: AlertAction) => Promise<void>
}

const nameOf = (alerts: readonly Alert[], many = alerts.length) =>
  many === 1 ? `“${alerts[0]!.rule.title}”` : plural(many, 'alert')

const meanings: Readonly<Record<Resolution, readonly [string, string]>> = {
  true_positive: ['True positive', 'It was an attack, or something that must not be.'],
  false_positive: ['False positive', 'The rule was wrong: what it means did not happen.'],
  benign: ['Benign', 'It happened as the rule says, and it may.']
}

export function CloseDialog({ alerts, many, onClose, onAct }: DialogProps) {
  const [resolution, setResolution] = useState<Resolution>('false_positive')
  const [reason, setReason] = useState('')
  return (
    <Question
      title={`Close ${nameOf(alerts, many)}`}
      act="Close"
      onClose={onClose}
      onAct={() => onAct({ action: 'close', resolution, reason: reason.trim() })}
    >
      <ResolutionChoice value={resolution} onChange={setResolution} />
      <TextField
        label="Reason"
        hint="A sentence for whoever meets this again. It can be left out."
        maxLength={2000}
        value={reason}
        onChange={event => setReason(event.target.value)}
      />
    </Question>
  )
}

export function ResolutionChoice({ value, onChange }: { value: Resolution; onChange: (value: Resolution) => void }) {
  return (
    <fieldset className="grid gap-1.5">
      <legend className="mb-1.5 font-medium text-soft">What was it? Press 1, 2 or 3</legend>
      {resolutions.map((each, at) => (
        <label
          key={each}
          className="flex cursor-pointer items-start gap-2.5 rounded-lg border border-line px-3 py-2 has-checked:border-accent has-checked:bg-accent-soft"
        >
          <input
            type="radio"
            name="resolution"
            className="mt-1 accent-accent"
            checked={value === each}
            onChange={() => onChange(each)}
            onKeyDown={event => {
              const next = resolutions[Number(event.key) - 1]
              if (next === undefined) return
              onChange(next)
              const radios = event.currentTarget.form?.querySelectorAll<HTMLInputElement>('input[type=radio]')
              radios?.[Number(event.key) - 1]?.focus()
            }}
            // The dialog gives the focus to what is chosen.
            data-first={value === each || undefined}
          />
          <span>
            <span className="font-medium">{meanings[each][0]}</span>
            <span className="ml-1.5 text-muted text-xs">{at + 1}</span>
            <span className="block text-soft text-xs">{meanings[each][1]}</span>
          </span>
        </label>
      ))}
    </fieldset>
  )
}

const sleeps: readonly (readonly [label: string, untilMs: (now: Date) => number])[] = [
  ['1 hour', now => now.getTime() + 3_600_000],
  ['4 hours', now => now.getTime() + 14_400_000],
  ['Tomorrow, 8:00', now => new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1, 8).getTime()],
  ['Next Monday, 8:00', now => mondayAfter(now)],
  ['1 week', now => now.getTime() + 604_800_000]
]

function mondayAfter(now: Date): number {
  const days = (8 - now.getDay()) % 7 || 7
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, 8).getTime()
}

export function SnoozeDialog({ alerts, many, onClose, onAct }: DialogProps) {
  const [now] = useState(() => new Date())
  const [until, setUntil] = useState(() => localInput(sleeps[2]![1](now)).slice(0, 16))
  const chosenMs = new Date(until).getTime()
  const isPast = Number.isNaN(chosenMs) || chosenMs <= now.getTime()
  return (
    <Question
      title={`Snooze ${nameOf(alerts, many)}`}
      description="Out of the list until then. New matches are counted all the while."
      act="Snooze"
      disabled={isPast}
      onClose={onClose}
      onAct={() => onAct({ action: 'snooze', until: isoOf(chosenMs) })}
    >
      <div className="grid grid-cols-2 gap-1.5">
        {sleeps.map(([label, untilMs]) => (
          <Button
            key={label}
            className="justify-start!"
            onClick={() => onAct({ action: 'snooze', until: isoOf(untilMs(now)) })}
          >
            {label}
          </Button>
        ))}
      </div>
      <TextField
        label="Or until"
        type="datetime-local"
        value={until}
        error={isPast ? 'This must lie in the future.' : undefined}
        hint={isPast ? undefined : dateTime(chosenMs).slice(0, 16)}
        onChange={event => setUntil(event.target.value)}
      />
    </Question>
  )
}

export function CommentDialog({ alerts, many, onClose, onAct }: DialogProps) {
  const [text, setText] = useState('')
  return (
    <Question
      title={`Comment on ${nameOf(alerts, many)}`}
      act="Comment"
      disabled={text.trim() === ''}
      onClose={onClose}
      onAct={() => onAct({ action: 'comment', text: text.trim() })}
    >
      <CommentField value={text} onChange={setText} />
    </Question>
  )
}

/** Control and Enter sends the form that it stands in. */
export function CommentField({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  return (
    <label className="grid gap-1">
      <span className="font-medium text-soft">Comment</span>
      <textarea
        rows={4}
        maxLength={10_000}
        value={value}
        placeholder="@name tells somebody"
        className={`${inputClass} h-auto! resize-y py-2`}
        onChange={event => onChange(event.target.value)}
        onKeyDown={event => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) event.currentTarget.form?.requestSubmit()
        }}
      />
    </label>
  )
}

export function AssignDialog({ alerts, many, onClose, onAct, me }: DialogProps & { me: string }) {
  const [name, setName] = useState(alerts.length === 1 ? (alerts[0]!.assignee ?? me) : me)
  return (
    <Question
      title={`Assign ${nameOf(alerts, many)}`}
      act="Assign"
      disabled={name.trim() === ''}
      onClose={onClose}
      onAct={() => onAct({ action: 'assign', assignee: name.trim() })}
    >
      <TextField
        label="To"
        list="people"
        value={name}
        maxLength={64}
        autoComplete="off"
        spellCheck={false}
        onChange={event => setName(event.target.value)}
      />
      <People id="people" />
      <Button
        small
        look="ghost"
        className="justify-self-start"
        onClick={() => onAct({ action: 'assign', assignee: undefined })}
      >
        Nobody
      </Button>
    </Question>
  )
}

export function SeverityDialog({ alerts, many, onClose, onAct }: DialogProps) {
  const [severity, setSeverity] = useState<Level>(alerts[0]?.severity ?? 'medium')
  const [reason, setReason] = useState('')
  return (
    <Question
      title={`How severe is ${nameOf(alerts, many)}?`}
      description="What you say here stands above the rule, the assets and the intelligence."
      act="Set it"
      onClose={onClose}
      onAct={() => onAct({ action: 'severity', severity, reason: reason.trim() })}
    >
      <SelectField
        label="Severity"
        value={severity}
        onChange={next => setSeverity(next as Level)}
        options={levels.map(level => ({ value: level, label: level }))}
      />
      <TextField label="Reason" maxLength={2000} value={reason} onChange={event => setReason(event.target.value)} />
    </Question>
  )
}

/** A form in a dialog; Enter does it. */
export function Question({
  title,
  description,
  act,
  disabled = false,
  onClose,
  onAct,
  children
}: {
  title: string
  description?: string
  act: string
  disabled?: boolean
  onClose: () => void
  onAct: () => unknown
  children: ReactNode
}) {
  return (
    <Overlay open onClose={onClose} title={title} description={description}>
      <form
        className="grid gap-4"
        onSubmit={event => {
          event.preventDefault()
          if (!disabled) onAct()
        }}
      >
        {children}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" disabled={disabled}>
            {act}
          </Button>
        </div>
      </form>
    </Overlay>
  )
}
