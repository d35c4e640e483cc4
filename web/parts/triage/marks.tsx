/** How severe an alert is and how far work on it has come, as small marks: never by colour alone. */

import { Badge } from '../controls.tsx'
import { type Alert, type AlertState, type Level, resolutionNames, stateNames } from './alerts.ts'

const levelTones: Readonly<Record<Level, string>> = {
  critical: 'pink',
  high: 'red',
  medium: 'amber',
  low: 'blue',
  informational: 'slate'
}
const bars: Readonly<Record<Level, number>> = { critical: 5, high: 4, medium: 3, low: 2, informational: 1 }
const shortLevels: Readonly<Record<Level, string>> = {
  critical: 'critical',
  high: 'high',
  medium: 'medium',
  low: 'low',
  informational: 'info'
}

export function LevelMark({ level }: { level: Level }) {
  return (
    <span
      className="inline-flex items-center gap-1.5 font-semibold text-xs"
      style={{ color: `var(--color-tone-${levelTones[level]})` }}
    >
      <svg aria-hidden="true" viewBox="0 0 15 12" className="h-3 w-3.75 shrink-0">
        {[1, 2, 3, 4, 5].map(bar => (
          <rect
            key={bar}
            x={(bar - 1) * 3}
            y={12 - bar * 2.4}
            width="2"
            height={bar * 2.4}
            rx="0.6"
            fill="currentColor"
            opacity={bar <= bars[level] ? 1 : 0.22}
          />
        ))}
      </svg>
      {shortLevels[level]}
    </span>
  )
}

const stateTones: Readonly<Record<AlertState, string>> = {
  new: 'red',
  acknowledged: 'blue',
  in_progress: 'violet',
  closed: 'slate'
}

export function StateMark({ alert }: { alert: Pick<Alert, 'state' | 'resolution' | 'snoozedUntil'> }) {
  const { state, resolution } = alert
  if (isSnoozed(alert)) return <Badge tone="amber">snoozed</Badge>
  if (state === 'closed' && resolution)
    return <Badge tone={resolution === 'true_positive' ? 'pink' : 'slate'}>{resolutionNames[resolution]}</Badge>
  return <Badge tone={stateTones[state]}>{stateNames[state]}</Badge>
}

export function isSnoozed({ snoozedUntil, state }: Pick<Alert, 'state' | 'snoozedUntil'>): boolean {
  return state !== 'closed' && snoozedUntil !== undefined && Date.parse(snoozedUntil) > Date.now()
}
