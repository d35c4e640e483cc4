/** A rule's clauses against one event: what each read, what stood there, and whether it held. Those that decided stand out. */

import { Icon } from '../icons.tsx'
import { StoredText } from '../stored-text.tsx'
import type { Clause } from './rules.ts'

export function ClauseTree({ clause }: { clause: Clause }) {
  return (
    <ul aria-label="Clauses" className="grid gap-1">
      <Branch clause={clause} depth={0} />
    </ul>
  )
}

const depthMax = 24
const shownMax = 60

function Branch({ clause, depth }: { clause: Clause; depth: number }) {
  const { result, text, field, value, of: clauses = [] } = clause
  return (
    <li className="min-w-0">
      <div className="grid min-w-0 grid-cols-[18px_minmax(0,1fr)] items-start gap-x-1.5">
        <span className={`pt-0.5 ${result ? 'text-good' : 'text-danger'}`}>
          <Icon name={result ? 'check' : 'close'} className="size-3.5" />
          <span className="sr-only">{result ? 'true: ' : 'false: '}</span>
        </span>
        <span className={`wrap-anywhere font-mono text-xs leading-5 ${result ? '' : 'text-soft'}`}>
          <StoredText text={text} max={400} />
          {field !== undefined && (
            <span className="font-sans text-muted">
              {' — '}
              {value === undefined ? (
                <>the event has no {field}</>
              ) : (
                <>
                  {field} is{' '}
                  <span className={`font-mono ${result ? 'text-good' : 'text-danger'}`}>
                    <StoredText text={value === '' ? '(empty)' : value} max={200} />
                  </span>
                </>
              )}
            </span>
          )}
        </span>
      </div>
      {clauses.length > 0 && depth < depthMax && (
        <ul className="mt-1 ml-2 grid gap-1 border-line border-l pl-3">
          {clauses.slice(0, shownMax).map((inner, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: clauses have no other name
            <Branch key={at} clause={inner} depth={depth + 1} />
          ))}
          {clauses.length > shownMax && <li className="text-muted text-xs">and {clauses.length - shownMax} more</li>}
        </ul>
      )}
    </li>
  )
}
