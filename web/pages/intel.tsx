/** Threat intelligence: where it comes from, what it says, what was seen of it, what never counts, and with whom it is shared. */

import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { PageHead } from '../parts/controls.tsx'
import { AllowTab } from '../parts/intel/allow-tab.tsx'
import { FeedsTab } from '../parts/intel/feeds-tab.tsx'
import { IndicatorsTab } from '../parts/intel/indicators-tab.tsx'
import { SharingTab } from '../parts/intel/sharing-tab.tsx'
import { SightingsTab } from '../parts/intel/sightings-tab.tsx'
import { sessionQuery } from '../queries.ts'
import { type IntelTab, intelTabs } from '../routes.tsx'

const route = getRouteApi('/frame/intel')

const titles: Readonly<Record<IntelTab, string>> = {
  feeds: 'Feeds',
  indicators: 'Indicators',
  sightings: 'Sightings',
  allow: 'Allow lists',
  sharing: 'Sharing'
}

export function IntelPage() {
  const { tab: asked } = route.useSearch()
  const session = useQuery(sessionQuery).data
  if (session === undefined) return null
  const isAdmin = session.scopes.includes('admin')
  const mayChange = session.scopes.includes('triage')
  const tabs = isAdmin ? intelTabs : intelTabs.filter(each => each !== 'sharing')
  const tab = tabs.find(each => each === asked) ?? 'feeds'
  return (
    <div className="mx-auto w-full max-w-6xl px-3 py-5 sm:px-5">
      <title>{`${titles[tab]} · Threat intelligence · Picket`}</title>
      <PageHead title="Threat intelligence">
        What others know to be bad, looked for in what comes in and in all that is stored.
      </PageHead>
      <nav aria-label="Parts of threat intelligence" className="mb-4 flex gap-1 overflow-x-auto border-line border-b">
        {tabs.map(each => (
          <Link
            key={each}
            to="/intel"
            search={{ tab: each === 'feeds' ? undefined : each }}
            aria-current={tab === each ? 'page' : undefined}
            className={`-mb-px shrink-0 border-b-2 px-3 py-2 font-medium focus-visible:-outline-offset-2 ${tab === each ? 'border-accent text-ink' : 'border-transparent text-soft hover:text-ink'}`}
          >
            {titles[each]}
          </Link>
        ))}
      </nav>
      {tab === 'feeds' && <FeedsTab isAdmin={isAdmin} mayRun={mayChange} />}
      {tab === 'indicators' && <IndicatorsTab mayChange={mayChange} />}
      {tab === 'sightings' && <SightingsTab />}
      {tab === 'allow' && <AllowTab mayChange={mayChange} />}
      {tab === 'sharing' && <SharingTab />}
    </div>
  )
}
