/** Buttons, fields and notices: the small things that every page is made of. */

import { type ButtonHTMLAttributes, type InputHTMLAttributes, type ReactNode, useId } from 'react'
import { Icon, type IconName } from './icons.tsx'

type Look = 'primary' | 'plain' | 'ghost' | 'danger'

const looks: Readonly<Record<Look, string>> = {
  primary: 'bg-accent text-on-accent hover:bg-accent-strong border-transparent font-semibold',
  plain: 'bg-raised text-ink border-line-strong hover:bg-hover font-medium',
  ghost: 'bg-transparent text-soft border-transparent hover:bg-hover hover:text-ink font-medium',
  danger: 'bg-raised text-danger border-danger/40 hover:bg-danger-soft font-medium'
}

export type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & {
  look?: Look | undefined
  small?: boolean | undefined
  icon?: IconName | undefined
}

export function Button({ look = 'plain', small = false, icon, className = '', children, ...rest }: ButtonProps) {
  return (
    <button type="button" {...rest} className={`${buttonClass(look, small)} ${className}`}>
      {icon !== undefined && <Icon name={icon} className={small ? 'size-3.5' : 'size-4'} />}
      {children}
    </button>
  )
}

/** For links that look like buttons. */
export function buttonClass(look: Look = 'plain', small = false): string {
  const size = small ? 'h-7 px-2.5 text-xs gap-1.5 rounded-md' : 'h-9 px-3.5 gap-2 rounded-lg'
  return `inline-flex shrink-0 items-center justify-center whitespace-nowrap border transition-colors disabled:cursor-not-allowed disabled:opacity-50 ${size} ${looks[look]}`
}

export function IconButton({
  label,
  icon,
  className = 'size-9',
  ...rest
}: ButtonHTMLAttributes<HTMLButtonElement> & { label: string; icon: IconName }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      {...rest}
      className={`inline-flex shrink-0 items-center justify-center rounded-lg text-soft transition-colors hover:bg-hover hover:text-ink disabled:opacity-40 ${className}`}
    >
      <Icon name={icon} />
    </button>
  )
}

export const inputClass =
  'h-9 w-full rounded-lg border border-control/60 bg-raised px-3 text-ink outline-offset-0 hover:border-control'

export function TextField({
  label,
  hint,
  error,
  ...rest
}: InputHTMLAttributes<HTMLInputElement> & { label: string; hint?: ReactNode; error?: string | undefined }) {
  const id = useId()
  const below = error ?? hint
  return (
    <div className="grid gap-1">
      <label htmlFor={id} className="font-medium text-soft">
        {label}
      </label>
      <input
        id={id}
        aria-invalid={error !== undefined}
        aria-describedby={below === undefined ? undefined : `${id}-below`}
        className={inputClass}
        {...rest}
      />
      {below !== undefined && (
        <div id={`${id}-below`} className={error === undefined ? 'text-xs text-muted' : 'text-xs text-danger'}>
          {below}
        </div>
      )}
    </div>
  )
}

export function SelectField({
  label,
  value,
  onChange,
  options,
  className = ''
}: {
  label: string
  value: string
  onChange: (value: string) => void
  options: readonly { readonly value: string; readonly label: string }[]
  className?: string
}) {
  const id = useId()
  return (
    <div className={`grid gap-1 ${className}`}>
      <label htmlFor={id} className="font-medium text-soft">
        {label}
      </label>
      <select id={id} value={value} onChange={event => onChange(event.target.value)} className={inputClass}>
        {options.map(option => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </div>
  )
}

type Mood = 'info' | 'good' | 'warn' | 'danger'

const moods: Readonly<Record<Mood, string>> = {
  info: 'border-accent/30 bg-accent-soft',
  good: 'border-good/30 bg-good-soft',
  warn: 'border-warn/35 bg-warn-soft',
  danger: 'border-danger/35 bg-danger-soft'
}
const moodInk: Readonly<Record<Mood, string>> = {
  info: 'text-accent',
  good: 'text-good',
  warn: 'text-warn',
  danger: 'text-danger'
}

export function Notice({
  mood,
  icon,
  children,
  action
}: {
  mood: Mood
  icon?: IconName
  children: ReactNode
  action?: ReactNode
}) {
  return (
    <div
      role={mood === 'danger' ? 'alert' : 'status'}
      className={`flex flex-wrap items-center gap-x-3 gap-y-2 rounded-lg border px-3.5 py-2.5 ${moods[mood]}`}
    >
      <span className={moodInk[mood]}>
        <Icon name={icon ?? (mood === 'good' ? 'check' : mood === 'info' ? 'clock' : 'warning')} />
      </span>
      <div className="min-w-48 flex-1">{children}</div>
      {action}
    </div>
  )
}

export function Badge({ tone, children }: { tone: string; children: ReactNode }) {
  return (
    <span
      className="tinted inline-block max-w-full truncate rounded-[5px] px-1.5 py-px font-semibold text-[11px] leading-4.5"
      style={{ '--tone': `var(--color-tone-${tone})` } as object}
    >
      {children}
    </span>
  )
}

export function Kbd({ children }: { children: ReactNode }) {
  return (
    <kbd className="inline-flex h-5 min-w-5 items-center justify-center rounded border border-line-strong border-b-2 bg-raised px-1 font-medium text-[11px] text-soft">
      {children}
    </kbd>
  )
}

export function Spinner({ label = 'Loading' }: { label?: string }) {
  return (
    <span role="status" className="inline-flex items-center gap-2 text-muted">
      <span
        aria-hidden="true"
        className="size-3.5 animate-spin rounded-full border-2 border-line-strong border-t-accent"
      />
      {label}
    </span>
  )
}

/** A page's head: its name, a sentence, and what one can do. */
export function PageHead({ title, children, actions }: { title: string; children?: ReactNode; actions?: ReactNode }) {
  return (
    <div className="mb-4 flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
      <div className="min-w-0">
        <h1 className="font-semibold text-xl tracking-tight">{title}</h1>
        {children !== undefined && <p className="mt-0.5 max-w-prose text-soft">{children}</p>}
      </div>
      {actions !== undefined && <div className="flex flex-wrap gap-2">{actions}</div>}
    </div>
  )
}
