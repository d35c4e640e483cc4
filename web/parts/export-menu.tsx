/** Saves what was found as a file, made by the server: NDJSON, CSV, XLSX, or a report. */

import { Menu } from '@base-ui-components/react/menu'
import { lazy, Suspense, useState } from 'react'
import { errorOf, messageOf, secretHeaders } from '../api.ts'
import type { Search } from '../queries.ts'
import { buttonClass, Notice } from './controls.tsx'
import { Icon } from './icons.tsx'
import { Overlay } from './overlay.tsx'

// Few ask for a report: what asks for it is loaded then.
const ReportDialog = lazy(() =>
  import('./dashboards/report-dialog.tsx').then(module => ({ default: module.ReportDialog }))
)

const formats = [
  ['ndjson', 'NDJSON', 'whole events, one a line'],
  ['csv', 'CSV', 'the columns; formulas are disarmed'],
  ['xlsx', 'XLSX', 'the columns, for spreadsheets']
] as const
type Format = (typeof formats)[number][0]

export function ExportMenu({ search, columns }: { search: Search; columns: readonly string[] | undefined }) {
  const [busy, setBusy] = useState<Format | undefined>()
  const [failure, setFailure] = useState<string | undefined>()
  const [asksReport, setAsksReport] = useState(false)
  const save = async (format: Format) => {
    setBusy(format)
    try {
      await download({ ...search, format, ...(columns === undefined || format === 'ndjson' ? {} : { columns }) })
    } catch (error) {
      setFailure(messageOf(error))
    } finally {
      setBusy(undefined)
    }
  }
  return (
    <>
      <Menu.Root>
        <Menu.Trigger className={buttonClass('plain', true)} disabled={busy !== undefined}>
          <Icon name="download" className="size-3.5" /> {busy === undefined ? 'Export' : 'Exporting …'}
        </Menu.Trigger>
        <Menu.Portal>
          <Menu.Positioner side="bottom" align="end" sideOffset={6} className="z-40">
            <Menu.Popup className="enter w-64 rounded-xl border border-line bg-raised p-1.5 shadow-float outline-none">
              {formats.map(([format, name, about]) => (
                <Menu.Item
                  key={format}
                  className="cursor-pointer rounded-md px-2.5 py-1.5 outline-none data-highlighted:bg-hover"
                  onClick={() => save(format)}
                >
                  <span className="block font-medium">{name}</span>
                  <span className="block text-muted text-xs">{about}</span>
                </Menu.Item>
              ))}
              <Menu.Item
                className="cursor-pointer rounded-md px-2.5 py-1.5 outline-none data-highlighted:bg-hover"
                onClick={() => setAsksReport(true)}
              >
                <span className="block font-medium">Report …</span>
                <span className="block text-muted text-xs">HTML or PDF, now or on a schedule</span>
              </Menu.Item>
            </Menu.Popup>
          </Menu.Positioner>
        </Menu.Portal>
      </Menu.Root>
      <Overlay open={failure !== undefined} onClose={() => setFailure(undefined)} title="The export did not work">
        <Notice mood="danger">{failure}</Notice>
      </Overlay>
      {asksReport && (
        <Suspense>
          <ReportDialog
            subject={{ title: search.q.trim() === '' ? 'All events' : search.q.trim().slice(0, 200), query: search.q }}
            range={search}
            filter=""
            onClose={() => setAsksReport(false)}
          />
        </Suspense>
      )}
    </>
  )
}

type Asked = Search & { format: Format; columns?: readonly string[] }

/** Throws `ApiError`. */
async function download({ order: _, ...asked }: Asked): Promise<void> {
  const reply = await fetch('/api/export', {
    method: 'POST',
    credentials: 'same-origin',
    headers: { ...secretHeaders(), 'content-type': 'application/json' },
    body: JSON.stringify(asked)
  })
  if (!reply.ok) throw errorOf(reply.status, await reply.json().catch(() => undefined))
  const named = /filename="?([^";]+)"?/.exec(reply.headers.get('content-disposition') ?? '')?.[1]
  const link = document.createElement('a')
  link.href = URL.createObjectURL(await reply.blob())
  link.download = named ?? `picket-search.${asked.format}`
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
