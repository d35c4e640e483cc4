/** What is said where there is nothing to show, and what one can do then. */

import type { ReactNode } from 'react'
import type { Range } from '../api.ts'
import type { Search } from '../queries.ts'
import { Button } from './controls.tsx'
import { CopyButton } from './copy-button.tsx'
import { bytes } from './format.ts'
import { Icon } from './icons.tsx'
import { chooseFiles } from './imports.ts'
import { SyntaxExamples } from './syntax-help.tsx'
import { rangeAround, shortTime } from './time-range.ts'

const command = 'npx picket import PATH'
const config = `sources:
  - type: files
    name: suricata
    paths:
      - /var/log/suricata/eve.json`

export function NothingStored({ backlogBytes }: { backlogBytes: number }) {
  return (
    <section className="panel enter mx-auto my-4 grid w-full max-w-3xl gap-5 p-5 sm:my-8 sm:p-8">
      <div className="text-center">
        <h2 className="font-semibold text-lg tracking-tight">Nothing is stored yet</h2>
        <p className="mx-auto mt-1 max-w-prose text-soft">
          {backlogBytes > 0
            ? `${bytes(backlogBytes)} have arrived and are being read; events appear in a moment.`
            : 'Picket reads Suricata, Zeek, CloudTrail, VPC flow logs, syslog, web server logs, JSON lines and CSV, plain or compressed.'}
        </p>
      </div>
      <button
        type="button"
        onClick={chooseFiles}
        className="grid justify-items-center gap-2 rounded-xl border-2 border-line-strong border-dashed px-4 py-8 hover:border-accent hover:bg-accent-soft"
      >
        <Icon name="upload" className="size-7 text-accent" />
        <span className="font-semibold text-[15px]">Drop files here, or choose them</span>
        <span className="text-muted">.json .log .csv .gz .zst .zip .tar</span>
      </button>
      <div className="grid gap-4 md:grid-cols-2">
        <Example title="From the command line" text={command}>
          PATH is a file or a folder. Run it where Picket runs.
        </Example>
        <Example title="As it happens: picket.yaml" text={config}>
          Followed from then on, through rotation.
        </Example>
      </div>
    </section>
  )
}

function Example({ title, text, children }: { title: string; text: string; children: ReactNode }) {
  return (
    <div className="grid min-w-0 content-start gap-2">
      <h3 className="font-semibold">{title}</h3>
      <div className="relative">
        <pre className="overflow-x-auto rounded-lg bg-sunken p-3 pr-10 text-xs leading-relaxed">{text}</pre>
        <CopyButton
          text={() => text}
          label={`Copy: ${title}`}
          className="absolute top-1.5 right-1.5 rounded-md p-1.5 text-muted hover:bg-line hover:text-ink"
        />
      </div>
      <p className="text-muted text-xs">{children}</p>
    </div>
  )
}

export function BadQuery({ onTry }: { onTry: (query: string) => void }) {
  return (
    <section className="panel grid w-full max-w-2xl gap-3 p-5 sm:p-6">
      <div>
        <h2 className="font-semibold text-base">This query cannot be read</h2>
        <p className="text-soft">What is wrong is marked above. These can; choose one to try it.</p>
      </div>
      <SyntaxExamples onTry={onTry} />
    </section>
  )
}

export function NothingMatches({
  search,
  stored,
  isElsewhere,
  onWiden,
  onClear,
  onGo
}: {
  search: Search
  stored: { fromMs: number; toMs: number } | undefined
  /** It has been said above where the query finds something. */
  isElsewhere: boolean
  onWiden: () => void
  onClear: () => void
  onGo: (range: Range) => void
}) {
  const isBounded = search.from !== undefined || search.to !== undefined
  return (
    <section className="panel grid justify-items-center gap-3 px-4 py-12 text-center">
      <Icon name="search" className="size-8 text-line-strong" />
      <h2 className="font-semibold text-base">Nothing matches</h2>
      {stored !== undefined && !isElsewhere && (
        <p className="max-w-prose text-soft">
          What is stored is from{' '}
          <span className="whitespace-nowrap font-medium text-ink">{shortTime(stored.fromMs)}</span> to{' '}
          <span className="whitespace-nowrap font-medium text-ink">{shortTime(stored.toMs)}</span>.
        </p>
      )}
      <div className="flex flex-wrap justify-center gap-2">
        {isBounded && (
          <Button look={isElsewhere ? 'plain' : 'primary'} onClick={onWiden}>
            Search all time
          </Button>
        )}
        {isBounded && !isElsewhere && stored !== undefined && (
          <Button onClick={() => onGo(rangeAround(stored.fromMs, stored.toMs))}>Go there</Button>
        )}
        {search.q !== '' && <Button onClick={onClear}>Clear the query</Button>}
      </div>
    </section>
  )
}
