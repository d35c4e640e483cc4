/** What stands around every page: navigation, the way for files to come in, keys, colours, and who is signed in. */

import { Menu } from '@base-ui-components/react/menu'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link, Outlet, useLocation, useNavigate, useRouter } from '@tanstack/react-router'
import { useState } from 'react'
import { change } from '../api.ts'
import { queryClient, sessionQuery, statusQuery } from '../queries.ts'
import { Button, IconButton, Kbd } from './controls.tsx'
import { DropZone } from './drop-zone.tsx'
import { bytes, compact, plural } from './format.ts'
import { Icon, type IconName, Logo } from './icons.tsx'
import { ImportPanel } from './import-panel.tsx'
import { chooseFiles } from './imports.ts'
import { keyList, useKeys } from './keys.ts'
import { Overlay } from './overlay.tsx'
import { setTheme, themes, useTheme } from './theme.ts'
import { NewAlerts } from './triage/new-alerts.tsx'

/** Those that are needed every day stand in the bar, the others behind `More` (on a telephone all but the first four). */
const places = [
  { to: '/', label: 'Search', short: 'Search', icon: 'search' },
  { to: '/alerts', label: 'Alerts', short: 'Alerts', icon: 'bell', also: ['/cases'] },
  { to: '/rules', label: 'Rules', short: 'Rules', icon: 'shield' },
  { to: '/intel', label: 'Intel', short: 'Intel', icon: 'around' },
  { to: '/dashboards', label: 'Dashboards', short: 'Boards', icon: 'dashboard' },
  { to: '/sources', label: 'Sources & ledger', short: 'Sources', icon: 'ledger' },
  { to: '/sensor', label: 'Sensor', icon: 'live', inMore: true },
  { to: '/dead-letters', label: 'Dead letters', icon: 'letters', inMore: true },
  { to: '/formats', label: 'Formats', icon: 'formats', inMore: true },
  { to: '/ports', label: 'Close ports', icon: 'out', inMore: true },
  { to: '/generate', label: 'Generate records', icon: 'replay', inMore: true },
  { to: '/administration', label: 'Administration', icon: 'people', inMore: true }
] as const satisfies readonly Place[]

type Place = {
  to: string
  label: string
  short?: string
  icon: IconName
  inMore?: boolean
  /** Other pages that belong to it. */
  also?: readonly string[]
}
const onTelephone = 4
const inBar: readonly Place[] = places.filter((place: Place) => place.inMore !== true)

export function Frame() {
  const navigate = useNavigate()
  const [keysOpen, setKeysOpen] = useState(false)
  const session = useQuery(sessionQuery).data
  const mayIngest = session?.scopes.includes('ingest') ?? false
  useKeys({
    '?': () => setKeysOpen(true),
    '/': event => {
      event.preventDefault()
      navigate({ to: '/' }).then(() => document.querySelector<HTMLElement>('[aria-label="Query"]')?.focus())
    },
    'g s': () => navigate({ to: '/' }),
    'g l': () => navigate({ to: '/sources' }),
    'g d': () => navigate({ to: '/dashboards' }),
    'g b': () => navigate({ to: '/dashboards' }),
    'g x': () => navigate({ to: '/dead-letters' }),
    'g f': () => navigate({ to: '/formats' }),
    'g a': () => navigate({ to: '/alerts' }),
    'g c': () => navigate({ to: '/cases' }),
    'g r': () => navigate({ to: '/rules' }),
    'g i': () => navigate({ to: '/intel' }),
    'g n': () => navigate({ to: '/generate' }),
    'g w': () => navigate({ to: '/sensor' }),
    'g p': () => navigate({ to: '/ports' }),
    'g u': () => navigate({ to: '/administration' })
  })
  return (
    <div className="flex min-h-dvh flex-col max-md:pb-15">
      <a
        href="#content"
        className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded-lg focus:bg-accent focus:px-3 focus:py-2 focus:text-on-accent"
      >
        Skip to the content
      </a>
      <header className="sticky top-0 z-30 flex h-13 items-center gap-2 border-line border-b bg-panel px-3 sm:gap-4 sm:px-5">
        <Link to="/" className="flex items-center gap-2.5 rounded-md" aria-label="Picket: search">
          <Logo />
          <span className="font-semibold text-[17px] tracking-tight">Picket</span>
        </Link>
        <nav aria-label="Pages" className="ml-2 flex h-full gap-1 max-md:hidden">
          {inBar.map(place => (
            <BarLink key={place.to} place={place} />
          ))}
          <MoreMenu places={places.filter((place: Place) => place.inMore)} />
        </nav>
        <div className="ml-auto flex items-center gap-1">
          <StatusPill />
          {mayIngest && (
            <Button small icon="upload" className="h-8! sm:mr-1" onClick={chooseFiles}>
              Add files
            </Button>
          )}
          <span className="max-sm:hidden">
            <IconButton label="Keys (?)" icon="keys" onClick={() => setKeysOpen(true)} />
          </span>
          <ThemeButton />
          {session !== undefined && <UserMenu name={session.user.name} role={session.user.role} />}
        </div>
      </header>
      <main id="content" tabIndex={-1} className="flex-1 outline-none">
        <Outlet />
      </main>
      <nav
        aria-label="Pages"
        className="fixed inset-x-0 bottom-0 z-30 grid h-15 auto-cols-fr grid-flow-col border-line border-t bg-panel pb-[env(safe-area-inset-bottom)] md:hidden"
      >
        {inBar.slice(0, onTelephone).map(place => (
          <Link
            key={place.to}
            to={place.to}
            activeOptions={{ exact: place.to === '/', includeSearch: false }}
            className="relative grid content-center justify-items-center gap-1 text-[11px] text-muted focus-visible:-outline-offset-2 aria-[current=page]:font-semibold aria-[current=page]:text-accent"
          >
            <Icon name={place.icon} className="size-4.5" />
            {place.short ?? place.label}
            {place.to === '/alerts' && (
              <span className="absolute top-1 left-1/2 translate-x-1.5">
                <NewAlerts />
              </span>
            )}
          </Link>
        ))}
        <MoreMenu isBelow places={places.filter((place: Place) => !inBar.slice(0, onTelephone).includes(place))} />
      </nav>
      {mayIngest && <DropZone />}
      {mayIngest && <ImportPanel />}
      <KeysDialog open={keysOpen} onClose={() => setKeysOpen(false)} />
    </div>
  )
}

const barClass =
  'relative inline-flex items-center whitespace-nowrap rounded-md px-2.5 font-medium text-soft hover:text-ink'
const currentClass =
  'aria-[current=page]:text-ink aria-[current=page]:after:absolute aria-[current=page]:after:inset-x-2.5 aria-[current=page]:after:-bottom-px aria-[current=page]:after:h-0.5 aria-[current=page]:after:rounded-full aria-[current=page]:after:bg-accent'

function BarLink({ place }: { place: Place }) {
  const { pathname } = useLocation()
  const isAlso = place.also?.some(path => pathname.startsWith(path)) ?? false
  return (
    <Link
      to={place.to}
      activeOptions={{ exact: place.to === '/', includeSearch: false }}
      {...(isAlso && { 'aria-current': 'page' })}
      className={`${barClass} ${currentClass}`}
    >
      <span className="max-lg:hidden">{place.label}</span>
      <span className="lg:hidden">{place.short ?? place.label}</span>
      {place.to === '/alerts' && (
        <span className="ml-1.5">
          <NewAlerts />
        </span>
      )}
    </Link>
  )
}

/** Pages that are not needed every day. */
function MoreMenu({ places, isBelow = false }: { places: readonly Place[]; isBelow?: boolean }) {
  const { pathname } = useLocation()
  const navigate = useNavigate()
  const isCurrent = places.some(place => pathname.startsWith(place.to))
  const look = isBelow
    ? 'grid w-full content-center justify-items-center gap-1 text-[11px] text-muted focus-visible:-outline-offset-2 aria-[current=page]:font-semibold aria-[current=page]:text-accent'
    : `${barClass} ${currentClass} gap-1`
  return (
    <Menu.Root>
      <Menu.Trigger {...(isCurrent && { 'aria-current': 'page' })} className={look}>
        {isBelow && <Icon name="more" className="size-4.5" />}
        More
        {!isBelow && <Icon name="down" className="size-3 text-muted" />}
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner
          side={isBelow ? 'top' : 'bottom'}
          align={isBelow ? 'end' : 'start'}
          sideOffset={6}
          className="z-40"
        >
          <Menu.Popup className="enter w-56 rounded-xl border border-line bg-raised p-1.5 shadow-float outline-none">
            {places.map(place => (
              <Menu.Item
                key={place.to}
                className="flex cursor-pointer items-center gap-2.5 rounded-md px-2.5 py-2 outline-none data-highlighted:bg-hover"
                onClick={() => navigate({ to: place.to })}
              >
                <Icon name={place.icon} className="size-4 text-muted" /> {place.label}
              </Menu.Item>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  )
}

/** Whether it works, in one dot; how much there is, in one number. */
function StatusPill() {
  const { data, isError } = useQuery(statusQuery)
  if (isError)
    return (
      <span role="status" className="mr-2 inline-flex items-center gap-2 font-medium text-danger text-xs">
        <span aria-hidden="true" className="size-2 rounded-full bg-danger" />
        <span className="max-md:sr-only">Picket does not answer</span>
      </span>
    )
  if (data === undefined) return null
  const isStalled = data.stalled !== null
  const isBehind = data.backlogBytes > 0
  const state = isStalled
    ? `Stalled: ${data.stalled}`
    : isBehind
      ? `${bytes(data.backlogBytes)} are being read`
      : 'Everything that arrived is stored'
  return (
    <Link
      to="/sources"
      title={state}
      className="num mr-1 inline-flex h-8 items-center gap-2 rounded-full px-2.5 whitespace-nowrap text-soft text-xs hover:bg-hover max-lg:hidden"
    >
      <span
        aria-hidden="true"
        className={`size-2 rounded-full ${isStalled ? 'bg-danger' : isBehind ? 'animate-pulse bg-warn' : 'bg-good'}`}
      />
      <span className="sr-only">{state}. </span>
      {data.events < 100_000 ? plural(data.events, 'event') : `${compact(data.events)} events`}
    </Link>
  )
}

const themeIcons = { system: 'screen', light: 'sun', dark: 'moon' } as const
const themeNames = { system: 'as the system', light: 'light', dark: 'dark' } as const

function ThemeButton() {
  const theme = useTheme()
  const next = themes[(themes.indexOf(theme) + 1) % themes.length]!
  return (
    <IconButton
      label={`Colours: ${themeNames[theme]}. Change to ${themeNames[next]}`}
      icon={themeIcons[theme]}
      onClick={() => setTheme(next)}
    />
  )
}

function UserMenu({ name, role }: { name: string; role: string }) {
  const router = useRouter()
  const navigate = useNavigate()
  const signOut = useMutation({
    mutationFn: () => change('DELETE', '/api/session'),
    onSettled: async () => {
      queryClient.clear()
      await router.navigate({ to: '/login' })
    }
  })
  const item = 'flex cursor-pointer items-center gap-2.5 rounded-md px-2.5 py-2 outline-none data-highlighted:bg-hover'
  return (
    <Menu.Root>
      <Menu.Trigger
        aria-label={`Signed in as ${name}`}
        data-initials={name.slice(0, 2)}
        title={name}
        className="ml-1 inline-flex size-8 items-center justify-center rounded-full bg-accent-soft font-semibold text-accent text-xs uppercase before:content-[attr(data-initials)]"
      />
      <Menu.Portal>
        <Menu.Positioner side="bottom" align="end" sideOffset={8} className="z-40">
          <Menu.Popup className="enter w-56 rounded-xl border border-line bg-raised p-1.5 shadow-float outline-none">
            <div className="mb-1 border-line border-b px-2.5 pt-1 pb-2">
              <div className="truncate font-semibold">{name}</div>
              <div className="text-muted text-xs">{role}</div>
            </div>
            <Menu.Item className={item} onClick={() => navigate({ to: '/administration' })}>
              <Icon name="people" /> Account
            </Menu.Item>
            <Menu.Item className={item} onClick={() => signOut.mutate()}>
              <Icon name="out" /> Sign out
            </Menu.Item>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  )
}

function KeysDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Overlay open={open} onClose={onClose} title="Keys">
      <div className="grid gap-5">
        {keyList.map(group => (
          <section key={group.title}>
            <h3 className="mb-1.5 font-semibold text-muted text-xs uppercase tracking-wide">{group.title}</h3>
            <dl className="grid gap-1.5">
              {group.keys.map(([keys, meaning]) => (
                <div key={keys} className="flex items-center justify-between gap-4">
                  <dt className="order-2 flex gap-1">
                    {keys.split(' ').map(key => (
                      <Kbd key={key}>{key}</Kbd>
                    ))}
                  </dt>
                  <dd>{meaning}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Overlay>
  )
}
