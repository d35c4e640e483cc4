/** Puts alerts into a case: one that is open, or a new one. */

import { Overlay } from '../overlay.tsx'
import type { Alert } from './alerts.ts'

export function CaseDialog({ onClose }: { alerts: readonly Alert[]; onClose: () => void; onDone: () => void }) {
  return (
    <Overlay open onClose={onClose} title="Add to a case">
      <p>…</p>
    </Overlay>
  )
}
