/** Notifications: where alerts go, by which routes, in which words, and whether they arrived. */

import { useQuery } from '@tanstack/react-query'
import { messageOf, type Session } from '../../api.ts'
import { Notice, Spinner } from '../controls.tsx'
import { Attempts, DeadLetters } from './deliveries.tsx'
import { Destinations } from './destinations.tsx'
import { MailServerSection } from './mail-server.tsx'
import { notificationsQuery } from './notifications.ts'
import { Routes } from './route-list.tsx'
import { Templates } from './templates.tsx'

export function NotificationsTab({ session }: { session: Session }) {
  const { data, error } = useQuery(notificationsQuery)
  const isAdmin = session.scopes.includes('admin')
  if (data === undefined) return error === null ? <Spinner /> : <Notice mood="danger">{messageOf(error)}</Notice>
  const isSilent =
    data.destinations.length > 0 && !data.routes.some(({ enabled, destinations }) => enabled && destinations.length > 0)
  return (
    <div className="grid gap-5">
      {error !== null && <Notice mood="danger">{messageOf(error)}</Notice>}
      {isSilent && <Notice mood="warn">No route leads to a destination: nobody is told of anything.</Notice>}
      <Destinations data={data} isAdmin={isAdmin} mayTest={session.scopes.includes('triage')} />
      <Routes data={data} isAdmin={isAdmin} />
      <DeadLetters dead={data.dead} mayReplay={session.scopes.includes('triage')} />
      <Templates data={data} isAdmin={isAdmin} />
      <MailServerSection server={data.mailServer} isAdmin={isAdmin} />
      <Attempts data={data} />
    </div>
  )
}
