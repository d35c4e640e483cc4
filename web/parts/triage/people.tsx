/** The names of those to whom work can be given, as suggestions of a field. */

import { useQuery } from '@tanstack/react-query'
import { get } from '../../api.ts'

export function People({ id }: { id: string }) {
  const { data } = useQuery({
    queryKey: ['people'],
    queryFn: ({ signal }) => get<{ people: { name: string }[] }>('/api/people', {}, signal),
    staleTime: 60_000,
    retry: false
  })
  return (
    <datalist id={id}>
      {data?.people.map(({ name }) => (
        <option key={name} value={name} />
      ))}
    </datalist>
  )
}
