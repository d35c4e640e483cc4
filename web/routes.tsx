/** Which address shows which page, and what stands in an address: the whole state of a page, as plain text. */

import {
  createRootRoute,
  createRoute,
  createRouter,
  type ErrorComponentProps,
  Link,
  lazyRouteComponent,
  Outlet,
  redirect
} from '@tanstack/react-router'
import { ApiError, messageOf } from './api.ts'
import { AdministrationPage } from './pages/administration.tsx'
import { DeadLettersPage } from './pages/dead-letters.tsx'
import { FormatsPage } from './pages/formats.tsx'
import { LoginPage } from './pages/login.tsx'
import { SearchPage } from './pages/search.tsx'
import { SetupPage } from './pages/setup.tsx'
import { SourcesPage } from './pages/sources.tsx'
import { type Address, oneOf, textOf } from './parts/address.ts'
import { type Shape, shapes } from './parts/bar-chart.tsx'
import { Button, Notice } from './parts/controls.tsx'
import { Frame } from './parts/frame.tsx'
import { rulesAddress } from './parts/rules/rules-address.ts'
import { alertsAddress } from './parts/triage/alerts-address.ts'
import { queryClient, sessionQuery, whenSignedOut } from './queries.ts'

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound, errorComponent: Broken })

const login = createRoute({
  getParentRoute: () => root,
  path: '/login',
  validateSearch: (address: Address): { next?: string | undefined } => ({ next: textOf(address, 'next') }),
  component: LoginPage
})

const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  validateSearch: (address: Address): { token?: string | undefined } => ({ token: textOf(address, 'token') }),
  component: SetupPage
})

/** Everything that needs somebody to be signed in. */
const frame = createRoute({
  getParentRoute: () => root,
  id: 'frame',
  component: Frame,
  errorComponent: Broken,
  beforeLoad: async ({ location }) => {
    try {
      await queryClient.ensureQueryData(sessionQuery)
    } catch (error) {
      if (!(error instanceof ApiError) || (error.status !== 401 && error.status !== 403)) throw error
      throw redirect({ to: '/login', search: { next: location.href === '/' ? undefined : location.href } })
    }
  }
})

export type SearchAddress = {
  q?: string | undefined
  from?: string | undefined
  to?: string | undefined
  live?: 'on' | undefined
  /** The event that is open, and how it is shown. */
  event?: string | undefined
  view?: 'json' | 'original' | 'around' | undefined
  /** The columns of the events (columns.ts). */
  cols?: string | undefined
  order?: 'asc' | undefined
  /** What is shown of the answer, where it is not the usual. */
  as?: ShownAs | undefined
  shape?: Shape | undefined
  /** The column by which a table is sorted, with `-` for the largest first. */
  sort?: string | undefined
  /** The field that stacks the histogram. */
  by?: string | undefined
}

const shownAs = ['patterns', 'table', 'chart'] as const
export type ShownAs = (typeof shownAs)[number]

const search = createRoute({
  getParentRoute: () => frame,
  path: '/',
  validateSearch: (address: Address): SearchAddress => ({
    q: textOf(address, 'q'),
    from: textOf(address, 'from'),
    to: textOf(address, 'to'),
    live: address['live'] === 'on' ? 'on' : undefined,
    event: textOf(address, 'event'),
    view: oneOf(['json', 'original', 'around'], address['view']),
    cols: textOf(address, 'cols'),
    order: oneOf(['asc'], address['order']),
    as: oneOf(shownAs, address['as']),
    shape: oneOf(shapes, address['shape']),
    sort: textOf(address, 'sort'),
    by: textOf(address, 'by')
  }),
  component: SearchPage
})

const dashboards = createRoute({
  getParentRoute: () => frame,
  path: '/dashboards',
  component: lazyRouteComponent(() => import('./pages/dashboards.tsx'), 'DashboardsPage')
})

export type DashboardAddress = {
  /** The filter for all panels. */
  q?: string | undefined
  /** `all`: from the beginning. */
  from?: string | undefined
  to?: string | undefined
  /** In seconds. */
  refresh?: number | undefined
  edit?: 'on' | undefined
  /** The panel that fills the screen. */
  panel?: string | undefined
}

const dashboard = createRoute({
  getParentRoute: () => frame,
  path: '/dashboards/$name',
  validateSearch: (address: Address): DashboardAddress => ({
    q: typeof address['q'] === 'string' ? address['q'] : undefined,
    from: textOf(address, 'from'),
    to: textOf(address, 'to'),
    refresh: /^[1-9]\d{0,4}$/.test(String(address['refresh'])) ? Math.max(5, Number(address['refresh'])) : undefined,
    edit: address['edit'] === 'on' ? 'on' : undefined,
    panel: textOf(address, 'panel')
  }),
  component: lazyRouteComponent(() => import('./pages/dashboard.tsx'), 'DashboardPage')
})

const alerts = createRoute({
  getParentRoute: () => frame,
  path: '/alerts',
  validateSearch: alertsAddress,
  component: lazyRouteComponent(() => import('./pages/alerts.tsx'), 'AlertsPage')
})

/** It keeps the list that it was opened from, to go on in it. */
const alert = createRoute({
  getParentRoute: () => frame,
  path: '/alerts/$id',
  validateSearch: alertsAddress,
  component: lazyRouteComponent(() => import('./pages/alert.tsx'), 'AlertPage')
})

const metrics = createRoute({
  getParentRoute: () => frame,
  path: '/alerts/metrics',
  validateSearch: (address: Address): { from?: string | undefined } => ({ from: textOf(address, 'from') }),
  component: lazyRouteComponent(() => import('./pages/alert-metrics.tsx'), 'AlertMetricsPage')
})

const heartbeat = createRoute({
  getParentRoute: () => frame,
  path: '/alerts/heartbeat',
  component: lazyRouteComponent(() => import('./pages/heartbeat.tsx'), 'HeartbeatPage')
})

const cases = createRoute({
  getParentRoute: () => frame,
  path: '/cases',
  validateSearch: (address: Address): { state?: 'closed' | 'all' | undefined } => ({
    state: oneOf(['closed', 'all'], address['state'])
  }),
  component: lazyRouteComponent(() => import('./pages/cases.tsx'), 'CasesPage')
})

const oneCase = createRoute({
  getParentRoute: () => frame,
  path: '/cases/$id',
  component: lazyRouteComponent(() => import('./pages/case.tsx'), 'CasePage')
})

const rules = createRoute({
  getParentRoute: () => frame,
  path: '/rules',
  validateSearch: rulesAddress,
  component: lazyRouteComponent(() => import('./pages/rules.tsx'), 'RulesPage')
})

export const ruleTabs = ['text', 'exceptions', 'try', 'history'] as const
export type RuleTab = (typeof ruleTabs)[number]
export type RuleAddress = {
  tab?: RuleTab | undefined
  /** The event that it is to be tried against. */
  event?: string | undefined
  from?: string | undefined
  to?: string | undefined
}

const rule = createRoute({
  getParentRoute: () => frame,
  path: '/rules/$id',
  validateSearch: (address: Address): RuleAddress => ({
    tab: oneOf(ruleTabs, address['tab']),
    event: textOf(address, 'event'),
    from: textOf(address, 'from'),
    to: textOf(address, 'to')
  }),
  component: lazyRouteComponent(() => import('./pages/rule.tsx'), 'RulePage')
})

const sources = createRoute({ getParentRoute: () => frame, path: '/sources', component: SourcesPage })

export type LettersAddress = { source?: string | undefined; reason?: string | undefined }

const letters = createRoute({
  getParentRoute: () => frame,
  path: '/dead-letters',
  validateSearch: (address: Address): LettersAddress => ({
    source: textOf(address, 'source'),
    reason: textOf(address, 'reason')
  }),
  component: DeadLettersPage
})

/** A format of people's own that is open for changes, or a new one. */
export type FormatsAddress = { edit?: string | undefined; new?: 'on' | undefined }

const formats = createRoute({
  getParentRoute: () => frame,
  path: '/formats',
  validateSearch: (address: Address): FormatsAddress => ({
    edit: textOf(address, 'edit'),
    new: address['new'] === 'on' ? 'on' : undefined
  }),
  component: FormatsPage
})

/** The signature that is open. */
export type SensorAddress = { signature?: number | undefined }

const sensor = createRoute({
  getParentRoute: () => frame,
  path: '/sensor',
  validateSearch: (address: Address): SensorAddress => ({
    signature: /^[1-9]\d{0,9}$/.test(String(address['signature'])) ? Number(address['signature']) : undefined
  }),
  component: lazyRouteComponent(() => import('./pages/sensor.tsx'), 'SensorPage')
})

const ports = createRoute({
  getParentRoute: () => frame,
  path: '/ports',
  component: lazyRouteComponent(() => import('./pages/ports.tsx'), 'PortsPage')
})

const generate = createRoute({
  getParentRoute: () => frame,
  path: '/generate',
  component: lazyRouteComponent(() => import('./pages/generate.tsx'), 'GeneratePage')
})

export const intelTabs = ['feeds', 'indicators', 'sightings', 'allow', 'sharing'] as const
export type IntelTab = (typeof intelTabs)[number]

const intel = createRoute({
  getParentRoute: () => frame,
  path: '/intel',
  validateSearch: (address: Address): { tab?: IntelTab | undefined; q?: string | undefined } => ({
    tab: oneOf(intelTabs, address['tab']),
    q: textOf(address, 'q')
  }),
  component: lazyRouteComponent(() => import('./pages/intel.tsx'), 'IntelPage')
})

export const administrationTabs = ['account', 'tokens', 'lookups', 'notifications', 'users', 'audit'] as const
export type AdministrationTab = (typeof administrationTabs)[number]

const administration = createRoute({
  getParentRoute: () => frame,
  path: '/administration',
  validateSearch: (address: Address): { tab?: AdministrationTab | undefined } => ({
    tab: administrationTabs.find(tab => tab === address['tab'])
  }),
  component: AdministrationPage
})

export const router = createRouter({
  routeTree: root.addChildren([
    login,
    setup,
    frame.addChildren([
      search,
      alerts,
      metrics,
      heartbeat,
      alert,
      cases,
      oneCase,
      rules,
      intel,
      rule,
      dashboards,
      dashboard,
      sources,
      letters,
      formats,
      sensor,
      ports,
      generate,
      administration
    ])
  ]),
  parseSearch: text => Object.fromEntries(new URLSearchParams(text)),
  stringifySearch: address => {
    const parts = new URLSearchParams()
    for (const [key, value] of Object.entries(address)) if (value !== undefined) parts.set(key, String(value))
    const text = parts.toString()
    return text === '' ? '' : `?${text}`
  },
  scrollRestoration: false,
  defaultPreload: false
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}

whenSignedOut(() => {
  queryClient.clear()
  const { href, pathname } = router.state.location
  if (pathname !== '/login') router.navigate({ to: '/login', search: { next: href === '/' ? undefined : href } })
})

function NotFound() {
  return (
    <main className="mx-auto grid min-h-dvh max-w-md content-center gap-3 p-6 text-center">
      <title>Not found · Picket</title>
      <h1 className="font-semibold text-xl">There is no such page</h1>
      <Link to="/" className="text-accent underline underline-offset-2">
        Go to the search
      </Link>
    </main>
  )
}

function Broken({ error, reset }: ErrorComponentProps) {
  return (
    <main className="mx-auto grid min-h-dvh max-w-lg content-center p-6">
      <title>Picket</title>
      <Notice
        mood="danger"
        action={
          <Button small onClick={() => (error instanceof ApiError ? router.invalidate() : reset())}>
            Try again
          </Button>
        }
      >
        {messageOf(error)}
      </Notice>
    </main>
  )
}
