/** How many alerts nobody has looked at yet: the small number beside `Alerts`. */

import { useQuery } from '@tanstack/react-query'
import { compact, plural } from '../format.ts'
import { newAlertsQuery } from './alert-count.ts'

export function NewAlerts() {
  const { data } = useQuery(newAlertsQuery)
  if (data === undefined || data === 0) return null
  return (
    <span className="num inline-block min-w-4.5 rounded-full bg-danger px-1.5 text-center font-semibold text-[11px] text-panel leading-4.5">
      <span aria-hidden="true">{compact(data)}</span>
      <span className="sr-only"> ({plural(data, 'new alert')})</span>
    </span>
  )
}
