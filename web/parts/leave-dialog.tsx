/** Asks before a page with changes that were not saved is left. */

import { useBlocker } from '@tanstack/react-router'
import { Button } from './controls.tsx'
import { Overlay } from './overlay.tsx'

export function LeaveDialog({ isChanged }: { isChanged: () => boolean }) {
  const leaving = useBlocker({ shouldBlockFn: isChanged, enableBeforeUnload: isChanged, withResolver: true })
  return (
    <Overlay
      open={leaving.status === 'blocked'}
      onClose={() => leaving.reset?.()}
      title="Leave without saving?"
      description="What you have changed is lost."
    >
      <div className="flex justify-end gap-2">
        <Button look="ghost" onClick={() => leaving.reset?.()}>
          Stay
        </Button>
        <Button look="danger" onClick={() => leaving.proceed?.()}>
          Leave
        </Button>
      </div>
    </Overlay>
  )
}
