/** The cheat-sheet of the search language, beside the query. */

import { Popover } from '@base-ui-components/react/popover'
import { useState } from 'react'
import { IconButton } from './controls.tsx'

const examples: readonly (readonly [string, string])[] = [
  ['error', 'the word, anywhere'],
  ['"connection refused"', 'the phrase'],
  ['source.ip:10.0.0.0/8', 'addresses of a network'],
  ['event.action:blocked', 'a value (letter case is the same)'],
  ['url.original:*.php*', 'a pattern'],
  ['user_agent.original:~curl', 'contains'],
  ['destination.port>=1024', 'a comparison'],
  ['destination.port:(22 or 3389)', 'one of these'],
  ['user.name:*', 'the field is there'],
  ['event.kind:alert and not source.ip:10.0.0.0/8', 'and, or, not, ( )'],
  ['dns.question.name:/[a-z0-9]{25,}\\./', 'a regular expression'],
  ['| stats count() by destination.port | sort -count', 'count by a field'],
  ['| timechart count() by event.dataset', 'a chart over time'],
  ['| top 10 source.ip', 'the most frequent values'],
  ['| pattern message', 'messages of the same shape']
]

export function SyntaxHelp({ onTry }: { onTry: (query: string) => void }) {
  const [open, setOpen] = useState(false)
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger render={<IconButton label="How to write a query" icon="book" className="mt-[3px] size-8" />} />
      <Popover.Portal>
        <Popover.Positioner side="bottom" align="end" sideOffset={10} className="z-40">
          <Popover.Popup className="enter max-h-[70dvh] w-[min(480px,calc(100vw-24px))] overflow-auto rounded-xl border border-line bg-raised p-4 shadow-float">
            <Popover.Title className="font-semibold text-sm">How to write a query</Popover.Title>
            <Popover.Description className="mt-0.5 mb-3 text-soft">
              Tests beside each other must all hold. Choose one to try it.
            </Popover.Description>
            <SyntaxExamples
              onTry={query => {
                setOpen(false)
                onTry(query)
              }}
            />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  )
}

export function SyntaxExamples({ onTry }: { onTry: (query: string) => void }) {
  return (
    <ul className="grid gap-0.5">
      {examples.map(([query, meaning]) => (
        <li key={query}>
          <button
            type="button"
            className="grid w-full grid-cols-1 items-baseline gap-x-3 rounded-md px-2 py-1 text-left hover:bg-hover sm:grid-cols-[1fr_auto]"
            onClick={() => onTry(query)}
          >
            <code className="wrap-anywhere text-accent text-xs">{query}</code>
            <span className="text-muted text-xs">{meaning}</span>
          </button>
        </li>
      ))}
    </ul>
  )
}
