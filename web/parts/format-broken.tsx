/** Cases of a format that become something else than they were kept as: which fields differ. */

import type { Document } from '../api.ts'
import { Notice } from './controls.tsx'
import { fieldsOf } from './event-fields.ts'
import { plural } from './format.ts'
import type { BrokenCase } from './formats.ts'
import { StoredText } from './stored-text.tsx'

const shownMax = 10

export function BrokenCases({ broken }: { broken: readonly BrokenCase[] }) {
  return (
    <Notice mood="warn">
      <p className="font-medium">
        {plural(broken.length, 'case')} of this format {broken.length === 1 ? 'becomes' : 'become'} something else than
        when it was saved. Saving keeps what is shown below.
      </p>
      <ul className="mt-2 grid gap-3">
        {broken.slice(0, shownMax).map(({ record, expected, actual }) => (
          <li key={record} className="grid gap-1">
            <span className="wrap-anywhere font-mono text-xs">
              <StoredText text={record} max={300} />
            </span>
            <table className="w-full table-fixed text-xs">
              <thead className="text-left text-muted">
                <tr>
                  <th scope="col" className="w-1/3 font-medium">
                    Field
                  </th>
                  <th scope="col" className="font-medium">
                    Saved
                  </th>
                  <th scope="col" className="font-medium">
                    Now
                  </th>
                </tr>
              </thead>
              <tbody>
                {differences(expected, actual).map(({ field, before, now }) => (
                  <tr key={field} className="border-warn/25 border-t align-top">
                    <th scope="row" className="wrap-anywhere pr-2 text-left font-mono font-normal">
                      {field}
                    </th>
                    <td className="wrap-anywhere pr-2 font-mono">
                      <StoredText text={before} max={200} />
                    </td>
                    <td className="wrap-anywhere font-mono">
                      <StoredText text={now} max={200} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </li>
        ))}
      </ul>
      {broken.length > shownMax && <p className="mt-2">and {broken.length - shownMax} more</p>}
    </Notice>
  )
}

function differences(expected: Document, actual: Document): { field: string; before: string; now: string }[] {
  const textsOf = (document: Document) =>
    new Map(fieldsOf(document ?? {}).map(({ name, values }) => [name, values.join(', ')]))
  const before = textsOf(expected)
  const now = textsOf(actual)
  return [...new Set([...before.keys(), ...now.keys()])]
    .filter(field => before.get(field) !== now.get(field))
    .map(field => ({ field, before: before.get(field) ?? 'absent', now: now.get(field) ?? 'absent' }))
}
