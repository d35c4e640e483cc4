/** How much a destination takes, and when: what is urgent, quiet hours, digests, limits, and what to do in doubt. */

import { useState } from 'react'
import { SelectField, TextField } from '../controls.tsx'
import { plural } from '../format.ts'
import { levels } from '../triage/alerts.ts'
import { Check } from './check.tsx'
import { HoursField } from './hours-field.tsx'
import { type Destination, type Hours, hoursText, type Pace, type Rate, zone } from './notifications.ts'

const night: Hours['windows'] = [{ days: [1, 2, 3, 4, 5, 6, 7], from: '22:00', to: '07:00' }]

export function PaceFields({
  pace,
  onPace,
  urgent,
  onUrgent,
  usual
}: {
  pace: Pace
  onPace: (pace: Pace) => void
  urgent: Destination['urgent']
  onUrgent: (urgent: Destination['urgent']) => void
  usual: Rate | undefined
}) {
  const [kept, setKept] = useState<Hours>(pace.quiet ?? { zone: zone(), windows: night })
  const rate = pace.rate === undefined ? 'usual' : pace.rate === null ? 'none' : 'own'
  const own = pace.rate ?? usual ?? { count: 20, perMinutes: 10 }
  return (
    <details className="rounded-lg border border-line p-3" open={pace.quiet !== undefined}>
      <summary className="font-medium text-soft">Quiet hours, digests, limits</summary>
      <div className="mt-3 grid gap-4">
        <SelectField
          label="Urgent, so that it waits for nothing"
          value={urgent}
          onChange={value => onUrgent(value as Destination['urgent'])}
          options={[
            ...levels
              .filter(level => level !== 'informational')
              .map(level => ({
                value: level,
                label: level === 'critical' ? 'critical alerts' : `${level} alerts and worse`
              })),
            { value: 'never', label: 'nothing' }
          ]}
        />
        <div className="grid gap-2">
          <Check
            checked={pace.quiet !== undefined}
            onChange={isOn => onPace({ ...pace, quiet: isOn ? kept : undefined })}
          >
            Quiet hours{pace.quiet !== undefined && `: ${hoursText(pace.quiet)}`}
          </Check>
          {pace.quiet !== undefined && (
            <HoursField
              value={pace.quiet}
              onChange={quiet => {
                setKept(quiet)
                onPace({ ...pace, quiet })
              }}
            />
          )}
          {pace.quiet !== undefined && (
            <p className="text-muted text-xs">What is held comes afterwards, as one message.</p>
          )}
        </div>
        <SelectField
          label="Digest"
          value={String(pace.digestMinutes ?? '')}
          onChange={value => onPace({ ...pace, digestMinutes: value === '' ? undefined : Number(value) })}
          options={digests(pace.digestMinutes)}
        />
        <div className="grid gap-2">
          <SelectField
            label="Limit"
            value={rate}
            onChange={value => onPace({ ...pace, rate: value === 'usual' ? undefined : value === 'none' ? null : own })}
            options={[
              {
                value: 'usual',
                label: usual === undefined ? 'as usual: none' : `as usual: ${rateText(usual)}`
              },
              { value: 'own', label: 'my own' },
              { value: 'none', label: 'none' }
            ]}
          />
          {rate === 'own' && (
            <div className="grid grid-cols-2 gap-3">
              <TextField
                label="Messages"
                type="number"
                min={1}
                max={10_000}
                required
                value={own.count}
                onChange={event => onPace({ ...pace, rate: { ...own, count: Number(event.target.value) } })}
              />
              <TextField
                label="in minutes"
                type="number"
                min={1}
                max={1440}
                required
                value={own.perMinutes}
                onChange={event => onPace({ ...pace, rate: { ...own, perMinutes: Number(event.target.value) } })}
              />
            </div>
          )}
          <p className="text-muted text-xs">What goes beyond is gathered and sent as one message.</p>
        </div>
        <SelectField
          label="If Picket ends while a message is sent"
          value={pace.afterCrash ?? 'send'}
          onChange={value => onPace({ ...pace, afterCrash: value === 'hold' ? 'hold' : undefined })}
          options={[
            { value: 'send', label: 'send it again: better twice than not at all' },
            { value: 'hold', label: 'hold it with the dead letters: somebody decides' }
          ]}
        />
        <TextField
          label="Give up after so many hours"
          type="number"
          min={1}
          max={720}
          required
          value={pace.giveUpHours ?? 24}
          onChange={event => onPace({ ...pace, giveUpHours: Number(event.target.value) })}
        />
      </div>
    </details>
  )
}

const rateText = ({ count, perMinutes }: Rate): string =>
  `${plural(count, 'message')} in ${perMinutes === 1 ? 'a minute' : `${perMinutes} minutes`}`

function digests(now: number | undefined): { value: string; label: string }[] {
  const minutes = [5, 15, 30, 60, 240, 720, 1440]
  if (now !== undefined && !minutes.includes(now)) minutes.unshift(now)
  return [
    { value: '', label: 'none: each alert by itself' },
    ...minutes.map(each => ({
      value: String(each),
      label: `gather for ${each < 60 ? plural(each, 'minute') : plural(each / 60, 'hour')}`
    }))
  ]
}
