/** What one can do with a value: filter by it, count its field, look where else it is. One menu for all the values of a page. */

import { Menu } from '@base-ui-components/react/menu'
import { useNavigate } from '@tanstack/react-router'
import { createContext, type ReactNode, useCallback, useContext, useMemo, useRef, useState } from 'react'
import { copyText } from './copy-button.tsx'
import { Icon, type IconName } from './icons.tsx'
import { clauseOf, filterState, joinQuery, type Scalar, splitQuery, toggleFilter } from './query-text.ts'
import { StoredText } from './stored-text.tsx'
import { lookUpPlaces, relatedField } from './value-places.ts'

export type ValueAt = { readonly field: string; readonly value: Scalar }
type Opened = ValueAt & { readonly anchor: HTMLElement }

type ValueActions = {
  open(anchor: HTMLElement, at: ValueAt): void
  readonly query: string
}

const none: ValueActions = { open: () => {}, query: '' }
const ValueMenuContext = createContext<ValueActions>(none)
export const useValueMenu = () => useContext(ValueMenuContext)

export function ValueMenu({
  query,
  onGo,
  onShowColumn,
  children
}: {
  query: string
  onGo: (query: string) => void
  onShowColumn?: ((field: string) => void) | undefined
  children: ReactNode
}) {
  const [opened, setOpened] = useState<Opened | undefined>()
  const [isOpen, setIsOpen] = useState(false)
  const last = useRef<HTMLElement | null>(null)
  const open = useCallback((anchor: HTMLElement, at: ValueAt) => {
    last.current = anchor
    setOpened({ anchor, ...at })
    setIsOpen(true)
  }, [])
  const actions = useMemo(() => ({ open, query }), [open, query])
  return (
    <ValueMenuContext value={actions}>
      {children}
      <Menu.Root
        open={isOpen}
        onOpenChange={(next, change) => {
          // Base UI takes a menu without a trigger for one that hovering opened, and would close it as the mouse leaves it.
          if (change.reason === 'trigger-hover') change.cancel()
          else setIsOpen(next)
        }}
        modal={false}
      >
        <Menu.Portal>
          <Menu.Positioner anchor={opened?.anchor} side="bottom" align="start" sideOffset={4} className="z-40">
            <Menu.Popup
              finalFocus={last}
              aria-label={opened === undefined ? 'Value' : `${opened.field} ${String(opened.value).slice(0, 60)}`}
              className="enter w-72 max-w-[calc(100vw-24px)] rounded-xl border border-line bg-raised p-1.5 shadow-float outline-none"
            >
              {opened !== undefined && <Items {...opened} query={query} onGo={onGo} onShowColumn={onShowColumn} />}
            </Menu.Popup>
          </Menu.Positioner>
        </Menu.Portal>
      </Menu.Root>
    </ValueMenuContext>
  )
}

const itemClass =
  'flex cursor-pointer items-center gap-2.5 rounded-md px-2.5 py-1.5 outline-none data-highlighted:bg-hover'
/** Where the events of Suricata say which signature it was. */
const signatureFields: ReadonlySet<string> = new Set(['rule.id', 'suricata.eve.alert.signature_id'])
/** Longer values are no filter that anybody could read. */
const filterableLength = 1000

function Items({
  field,
  value,
  query,
  onGo,
  onShowColumn
}: ValueAt & { query: string; onGo: (query: string) => void; onShowColumn: ((field: string) => void) | undefined }) {
  const navigate = useNavigate()
  const state = filterState(query, field, value)
  const { filter, commands } = splitQuery(query)
  const text = String(value)
  const related = relatedField(field, text)
  const places = lookUpPlaces(field, text)
  const item = (icon: IconName, label: string, act: () => void) => (
    <Menu.Item className={itemClass} onClick={act}>
      <Icon name={icon} className="size-3.5 text-muted" /> {label}
    </Menu.Item>
  )
  const line = <Menu.Separator className="my-1 h-px bg-line" />
  return (
    <>
      <div className="mb-1 truncate border-line border-b px-2.5 pt-0.5 pb-1.5 font-mono text-xs" aria-hidden="true">
        <span className="text-muted">{field} </span>
        <StoredText text={text} max={60} />
      </div>
      {text.length <= filterableLength && (
        <>
          {item('plus', state === 'include' ? 'Remove this filter' : 'Only this value', () =>
            onGo(toggleFilter(query, field, value, 'include'))
          )}
          {item('minus', state === 'exclude' ? 'Remove this filter' : 'Without this value', () =>
            onGo(toggleFilter(query, field, value, 'exclude'))
          )}
          {commands !== '' &&
            item('search', 'Show these events', () => onGo(toggleFilter(filter, field, value, 'include')))}
          {item('arrow', 'New search for it', () => onGo(clauseOf(field, value)))}
          {related !== undefined &&
            item('around', 'Everywhere it occurs (pivot)', () => onGo(clauseOf(related, value)))}
          {line}
        </>
      )}
      {item('ledger', `Count by ${field}`, () => onGo(joinQuery(filter, `| stats count() by ${field} | sort -count`)))}
      {item('clock', `${field} over time`, () => onGo(joinQuery(filter, `| timechart count() by ${field}`)))}
      {onShowColumn !== undefined && item('columns', 'Show as a column', () => onShowColumn(field))}
      {line}
      {item('copy', 'Copy the value', () => copyText(text))}
      {(related !== undefined || places.length > 0) &&
        text.length <= filterableLength &&
        item('shield', 'Look up in threat intelligence', () =>
          navigate({ to: '/intel', search: { tab: 'indicators', q: text } })
        )}
      {signatureFields.has(field) &&
        /^[1-9]\d{0,9}$/.test(text) &&
        item('bell', 'This signature: disable, limit, silence …', () =>
          navigate({ to: '/sensor', search: { signature: Number(text) } })
        )}
      {places.map(place => (
        <Menu.Item
          key={place.name}
          className={itemClass}
          onClick={() => window.open(place.url, '_blank', 'noopener,noreferrer')}
        >
          <Icon name="out" className="size-3.5 text-muted" /> Look up at {place.name}
        </Menu.Item>
      ))}
    </>
  )
}
