/** The own account, tokens for programs, lookup tables, notifications, the people who may sign in, and the audit trail: a tab each, in the address. */

import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { AccountTab } from '../parts/account-tab.tsx'
import { AuditTab } from '../parts/audit-tab.tsx'
import { PageHead } from '../parts/controls.tsx'
import { LookupsTab } from '../parts/lookups-tab.tsx'
import { NotificationsTab } from '../parts/notifications/notifications-tab.tsx'
import { TokensTab } from '../parts/tokens-tab.tsx'
import { UsersTab } from '../parts/users-tab.tsx'
import { sessionQuery } from '../queries.ts'
import { type AdministrationTab, administrationTabs } from '../routes.tsx'

const route = getRouteApi('/frame/administration')

const titles: Readonly<Record<AdministrationTab, string>> = {
  account: 'Account',
  tokens: 'API tokens',
  lookups: 'Lookup tables',
  notifications: 'Notifications',
  users: 'Users',
  audit: 'Audit trail'
}

export function AdministrationPage() {
  const { tab: asked } = route.useSearch()
  const session = useQuery(sessionQuery).data
  if (session === undefined) return null
  const isAdmin = session.scopes.includes('admin')
  const tabs: readonly AdministrationTab[] = isAdmin
    ? administrationTabs
    : ['account', 'tokens', 'lookups', 'notifications']
  const tab = tabs.find(each => each === asked) ?? 'account'
  return (
    <div className="mx-auto w-full max-w-5xl px-3 py-5 sm:px-5">
      <title>{`${titles[tab]} · Picket`}</title>
      <PageHead title="Administration" />
      <nav aria-label="Parts of the administration" className="mb-4 flex gap-1 overflow-x-auto border-line border-b">
        {tabs.map(each => (
          <Link
            key={each}
            to="/administration"
            search={{ tab: each === 'account' ? undefined : each }}
            aria-current={tab === each ? 'page' : undefined}
            className={`-mb-px shrink-0 border-b-2 px-3 py-2 font-medium focus-visible:-outline-offset-2 ${tab === each ? 'border-accent text-ink' : 'border-transparent text-soft hover:text-ink'}`}
          >
            {titles[each]}
          </Link>
        ))}
      </nav>
      {tab === 'account' && <AccountTab session={session} />}
      {tab === 'tokens' && <TokensTab session={session} />}
      {tab === 'lookups' && <LookupsTab session={session} />}
      {tab === 'notifications' && <NotificationsTab session={session} />}
      {tab === 'users' && <UsersTab session={session} />}
      {tab === 'audit' && <AuditTab />}
    </div>
  )
}
