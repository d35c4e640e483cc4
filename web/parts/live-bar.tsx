/** Says that the live view rests while somebody reads, what has come meanwhile, and leads back. */

import { Button } from './controls.tsx'
import { plural } from './format.ts'

export function LiveBar({
  isResting,
  waiting,
  skipped,
  onResume
}: {
  isResting: boolean
  waiting: number
  skipped: number
  onResume: () => void
}) {
  if (!isResting && skipped === 0) return null
  return (
    <div
      role="status"
      className="enter fixed bottom-20 left-1/2 z-30 flex -translate-x-1/2 items-center gap-3 rounded-full border border-warn/40 bg-raised py-1.5 pr-1.5 pl-4 shadow-float sm:bottom-5"
    >
      <span className="num whitespace-nowrap">
        {isResting ? 'Live is paused while you read' : 'Live'}
        {waiting > 0 && <strong className="font-semibold">: {plural(waiting, 'new event')}</strong>}
        {skipped > 0 && <span className="text-muted"> · {plural(skipped, 'event')} too many to show</span>}
      </span>
      {isResting && (
        <Button small look="primary" className="rounded-full!" onClick={onResume}>
          Resume
        </Button>
      )}
    </div>
  )
}
