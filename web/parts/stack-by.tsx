/** Chooses the field by which the histogram's bars are stacked. */

import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { facetFields, fieldsQuery } from '../queries.ts'

export function StackBy({ by, onBy }: { by: string | undefined; onBy: (field: string | undefined) => void }) {
  const [isAsked, setIsAsked] = useState(false)
  const fields = useQuery({ ...fieldsQuery, enabled: isAsked }).data ?? []
  const others = fields.map(field => field.name).filter(name => !(facetFields as readonly string[]).includes(name))
  return (
    <label className="inline-flex items-center gap-1.5 text-muted text-xs">
      stacked by
      <select
        value={by ?? ''}
        className="h-7 max-w-40 rounded-md border border-line-strong bg-raised px-1.5 text-ink"
        onFocus={() => setIsAsked(true)}
        onChange={event => onBy(event.target.value === '' ? undefined : event.target.value)}
      >
        <option value="">nothing</option>
        {by !== undefined && !(facetFields as readonly string[]).includes(by) && <option value={by}>{by}</option>}
        {facetFields.map(name => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
        {others.length > 0 && (
          <optgroup label="More">
            {others.slice(0, 300).map(name => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </optgroup>
        )}
      </select>
    </label>
  )
}
