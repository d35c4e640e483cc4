/** A rule of one's own, begun from an example of its kind. */

import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { sessionQuery } from '../../queries.ts'
import { PageHead } from '../controls.tsx'
import { type RuleKind, ruleKinds, ruleTemplate } from './rule-templates.ts'
import { RuleEditor } from './rule-text.tsx'

export function NewRule() {
  const mayChange = useQuery(sessionQuery).data?.scopes.includes('triage') ?? false
  const [begun, setBegun] = useState(() => begin('event'))
  return (
    <>
      <title>New rule · Picket</title>
      <div className="mt-2">
        <PageHead title="New rule">
          Which events, and how serious that is. Saved, it is in force for what comes in from then on; try it on the
          past before.
        </PageHead>
      </div>
      <fieldset className="mb-4 grid gap-2 sm:grid-cols-2 lg:grid-cols-3">
        <legend className="mb-2 font-medium text-soft">What should it look for?</legend>
        {ruleKinds.map(([kind, name, meaning]) => (
          <label
            key={kind}
            className="flex cursor-pointer items-start gap-2.5 rounded-lg border border-line bg-panel px-3 py-2 hover:border-line-strong has-checked:border-accent has-checked:bg-accent-soft"
          >
            <input
              type="radio"
              name="kind"
              className="mt-1 accent-accent"
              checked={begun.kind === kind}
              onChange={() => setBegun(begin(kind))}
            />
            <span>
              <span className="font-medium">{name}</span>
              <span className="block text-soft text-xs">{meaning}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <RuleEditor key={begun.kind} start={begun.text} rule={undefined} mayChange={mayChange} />
    </>
  )
}

function begin(kind: RuleKind): { kind: RuleKind; text: string } {
  return { kind, text: ruleTemplate(kind, newId) }
}

/** Over plain HTTP to another machine browsers offer no `randomUUID`. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = bytes.toHex?.() ?? [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
