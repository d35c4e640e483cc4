/** How far a case has come, as a small mark. */

import { Badge } from '../controls.tsx'
import { resolutionNames } from './alerts.ts'
import type { Case } from './cases.ts'

export function CaseState({ of }: { of: Pick<Case, 'state' | 'resolution'> }) {
  if (of.state === 'open') return <Badge tone="blue">open</Badge>
  return (
    <Badge tone={of.resolution === 'true_positive' ? 'pink' : 'slate'}>
      {of.resolution === undefined ? 'closed' : resolutionNames[of.resolution]}
    </Badge>
  )
}
