/** Asks for the title of a new dashboard, and makes it: empty, or as a copy. */

import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { messageOf } from '../../api.ts'
import { queryClient } from '../../queries.ts'
import { Button, Notice, TextField } from '../controls.tsx'
import { Overlay } from '../overlay.tsx'
import { type Dashboard, dashboardsQuery, nameFor, newDashboard, putDashboard } from './dashboard.ts'

export function NameDialog({ copyOf, onClose }: { copyOf?: Dashboard | undefined; onClose: () => void }) {
  const [title, setTitle] = useState(copyOf === undefined ? '' : `${copyOf.title} (copy)`)
  const navigate = useNavigate()
  const taken = useQuery(dashboardsQuery).data?.dashboards.map(({ name }) => name) ?? []
  const make = useMutation({
    mutationFn: () => {
      const name = nameFor(title, taken)
      return putDashboard({ ...(copyOf ?? newDashboard(name, title)), name, title: title.trim() }, 0)
    },
    onSuccess: async ({ name }) => {
      await queryClient.invalidateQueries({ queryKey: ['dashboards'] })
      onClose()
      await navigate({ to: '/dashboards/$name', params: { name }, search: { edit: 'on' } })
    }
  })
  return (
    <Overlay open onClose={onClose} title={copyOf === undefined ? 'New dashboard' : `Copy ${copyOf.title}`}>
      <form
        className="grid gap-4"
        onSubmit={event => {
          event.preventDefault()
          make.mutate()
        }}
      >
        <TextField
          label="Title"
          value={title}
          maxLength={200}
          required
          onChange={event => setTitle(event.target.value)}
        />
        {make.isError && <Notice mood="danger">{messageOf(make.error)}</Notice>}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" disabled={title.trim() === '' || make.isPending}>
            {copyOf === undefined ? 'Make it' : 'Make the copy'}
          </Button>
        </div>
      </form>
    </Overlay>
  )
}
