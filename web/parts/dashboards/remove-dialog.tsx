/** Asks before a dashboard goes. */

import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { change, messageOf } from '../../api.ts'
import { queryClient } from '../../queries.ts'
import { Button, Notice } from '../controls.tsx'
import { Overlay } from '../overlay.tsx'
import type { Dashboard } from './dashboard.ts'

export function RemoveDialog({ dashboard, onClose }: { dashboard: Dashboard; onClose: () => void }) {
  const navigate = useNavigate()
  const remove = useMutation({
    mutationFn: () => change('DELETE', `/api/dashboards/${dashboard.name}`),
    onSuccess: async () => {
      await navigate({ to: '/dashboards' })
      queryClient.removeQueries({ queryKey: ['dashboard', dashboard.name] })
      await queryClient.invalidateQueries({ queryKey: ['dashboards'] })
    }
  })
  return (
    <Overlay
      open
      onClose={onClose}
      title={`Remove ${dashboard.title}?`}
      description="It goes for everybody. Its file, if exported, brings it back."
    >
      {remove.isError && <Notice mood="danger">{messageOf(remove.error)}</Notice>}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Keep it</Button>
        <Button look="danger" disabled={remove.isPending} onClick={() => remove.mutate()}>
          Remove
        </Button>
      </div>
    </Overlay>
  )
}
