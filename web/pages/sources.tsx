/** The loss ledger: what came in, from where, what became of it, hour by hour, and how Picket itself is doing. */

import { useQuery } from '@tanstack/react-query'
import { messageOf } from '../api.ts'
import { ConfiguredSources } from '../parts/configured-sources.tsx'
import { Button, Notice, PageHead, Spinner } from '../parts/controls.tsx'
import { chooseFiles } from '../parts/imports.ts'
import { LedgerEquation } from '../parts/ledger-equation.tsx'
import { Hours } from '../parts/ledger-hours.tsx'
import { Sources } from '../parts/ledger-sources.tsx'
import { StatusPanel } from '../parts/status-panel.tsx'
import { ledgerQuery, sessionQuery, statusQuery } from '../queries.ts'

export function SourcesPage() {
  const ledger = useQuery(ledgerQuery(undefined, 3000))
  const status = useQuery(statusQuery)
  const mayIngest = useQuery(sessionQuery).data?.scopes.includes('ingest') ?? false
  return (
    <div className="mx-auto w-full max-w-6xl px-3 py-5 sm:px-5">
      <title>Sources &amp; ledger · Picket</title>
      <PageHead
        title="Sources & ledger"
        actions={
          mayIngest && (
            <Button icon="upload" onClick={chooseFiles}>
              Add files
            </Button>
          )
        }
      >
        Every record that came in is stored, a dead letter, or a duplicate. Nothing gets lost without a trace.
      </PageHead>
      {ledger.error !== null && <Notice mood="danger">{messageOf(ledger.error)}</Notice>}
      {ledger.data === undefined ? (
        ledger.isPending && <Spinner />
      ) : (
        <div className="grid gap-4">
          <LedgerEquation totals={ledger.data.totals} pending={ledger.data.pending} />
          {status.data !== undefined && <StatusPanel status={status.data} />}
          <ConfiguredSources />
          <Hours hours={ledger.data.hours} />
          <Sources sources={ledger.data.sources} />
        </div>
      )}
    </div>
  )
}
