/** What logsources mean: each is reached, its route finds events that our parsers make, and its fields are where the events have them. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { EcsEvent } from '../core/parser.ts'
import { parseQuery } from '../filter/parse-query.ts'
import { toPredicate } from '../filter/to-predicate.ts'
import { eventOfDump } from '../parsers/windows/from-dump.ts'
import { toEcs } from '../parsers/windows/to-ecs.ts'
import { listCases } from '../testing/parser-cases.ts'
import { logsourcesPage } from '../testing/rule-pages.ts'
import { meaningOf, meanings, namesOf, routeOf } from './logsource.ts'
import { parseRules } from './parse-rules.ts'
import type { Logsource } from './rule.ts'

/** The documents of all parsers' cases. */
const documents: readonly EcsEvent[] = listCases().flatMap(({ expectedPath }) =>
  readFileSync(expectedPath, 'utf8')
    .split('\n')
    .flatMap(line => {
      const document = line === '' ? null : (JSON.parse(line) as EcsEvent | null)
      return document?.['@timestamp'] === undefined ? [] : [document]
    })
)

/** Whose events come as JSON from elsewhere, or that no case has one of. */
const withoutCases = new Set([
  'macos/process_creation',
  'macos/file_event',
  'macos/file_delete',
  'macos/network_connection',
  'macos/dns_query',
  'linux/dns_query',
  'linux//vsftpd',
  'linux//guacamole',
  'azure//activitylogs',
  'azure//riskdetection',
  'azure//pim',
  'gcp'
])

function logsourceOf(when: (typeof meanings)[number]['when']): Logsource {
  return Object.fromEntries(
    Object.entries(when).flatMap(([key, value]) =>
      value === false ? [] : [[key, typeof value === 'object' ? value[0] : value]]
    )
  )
}

const nameOf = ({ product, category, service }: Logsource): string =>
  `${product ?? ''}/${category ?? ''}/${service ?? ''}`.replace(/\/+$/, '')

test('each entry of the lists is reached, and its route is a search that can be asked', () => {
  for (const meaning of meanings) {
    const logsource = logsourceOf(meaning.when)
    assert.equal(meaningOf(logsource), meaning, nameOf(logsource))
    const parsed = parseQuery(meaning.route)
    assert.ok(parsed.ok, `${meaning.route}: ${parsed.ok ? '' : parsed.errors[0]?.message}`)
  }
})

test('routes find the events that our parsers make', () => {
  for (const { when } of meanings) {
    const logsource = logsourceOf(when)
    const name = nameOf(logsource)
    // What several systems have is asked of each.
    if (when.product === false) continue
    // Of Windows' channels and Suricata's event types there are more than cases.
    if (logsource.product === 'windows' || logsource.product === 'suricata' || withoutCases.has(name)) continue
    const route = toPredicate(routeOf(logsource))
    assert.ok(documents.some(route), `${name}: no document of any case`)
  }
})

function windowsEvent(provider: string, channel: string, code: number, data: Record<string, string> = {}): EcsEvent {
  const System = { Provider: { '#attributes': { Name: provider } }, EventID: code, Channel: channel, Level: 2 }
  return toEcs(eventOfDump({ Event: { System, EventData: data } })!).event
}
const sysmon = (code: number, data?: Record<string, string>): EcsEvent =>
  windowsEvent('Microsoft-Windows-Sysmon', 'Microsoft-Windows-Sysmon/Operational', code, data)
const security = (code: number, data?: Record<string, string>): EcsEvent =>
  windowsEvent('Microsoft-Windows-Security-Auditing', 'Security', code, data)

const routed: readonly (readonly [category: string, EcsEvent, boolean])[] = [
  ['process_creation', sysmon(1), true],
  ['process_creation', security(4688), true],
  ['process_creation', sysmon(5), false],
  ['process_creation', security(4689), false],
  ['file_event', sysmon(11), true],
  ['registry_add', sysmon(12, { EventType: 'CreateKey' }), true],
  ['registry_delete', sysmon(12, { EventType: 'CreateKey' }), false],
  ['registry_delete', sysmon(12, { EventType: 'DeleteValue' }), true],
  ['registry_event', sysmon(12, { EventType: 'CreateKey' }), true],
  ['registry_set', sysmon(13), true],
  ['pipe_created', sysmon(18), true],
  ['file_delete', sysmon(26), true],
  ['ps_script', windowsEvent('Microsoft-Windows-PowerShell', 'Microsoft-Windows-PowerShell/Operational', 4104), true],
  ['ps_script', windowsEvent('PowerShell', 'Windows PowerShell', 4104), false],
  ['ps_classic_start', windowsEvent('PowerShell', 'Windows PowerShell', 400), true]
]

test('Windows: categories are events, services are channels', () => {
  for (const [category, event, expected] of routed)
    assert.equal(toPredicate(routeOf({ product: 'windows', category }))(event), expected, category)
  const service = (name: string) => toPredicate(routeOf({ product: 'windows', service: name }))
  assert.ok(service('security')(security(4624)))
  assert.ok(!service('system')(security(4624)))
  assert.ok(service('windefend')(windowsEvent('x', 'Microsoft-Windows-Windows Defender/Operational', 1116)))
  assert.ok(toPredicate(routeOf({ product: 'windows' }))(security(4624)))
})

/** Detections (of one line) that must match the event, and that must not. */
const mapped: readonly (readonly [logsource: string, EcsEvent, yes: readonly string[], no: readonly string[]])[] = [
  [
    'product: windows, category: process_creation',
    security(4688, {
      NewProcessName: 'C:\\Windows\\cmd.exe',
      ParentProcessName: 'C:\\a\\word.exe',
      CommandLine: 'cmd /c x',
      SubjectUserName: 'alice',
      MandatoryLabel: 'S-1-16-16384'
    }),
    [
      "Image|endswith: '\\cmd.exe'",
      "ParentImage|endswith: '\\word.exe'",
      'CommandLine|contains: /c',
      'User: alice',
      'IntegrityLevel: S-1-16-16384',
      'EventID: 4688'
    ],
    ["ParentImage|endswith: '\\cmd.exe'", 'Image: null', 'Hashes|exists: true']
  ],
  [
    'product: windows, category: process_creation',
    sysmon(1, {
      Image: 'C:\\x.exe',
      OriginalFileName: 'y.exe',
      Hashes: 'MD5=0123456789abcdef0123456789abcdef',
      User: 'A\\b'
    }),
    [
      'OriginalFileName: Y.exe',
      'Hashes|contains: MD5=01',
      'User: A\\b',
      'md5: 0123456789ABCDEF0123456789abcdef',
      'CommandLine: null'
    ],
    ['User: b', 'OriginalFileName: x.exe']
  ],
  [
    'product: windows, service: windefend',
    windowsEvent('Microsoft-Windows-Windows Defender', 'Microsoft-Windows-Windows Defender/Operational', 1116, {
      'Threat Name': 'EICAR',
      'Source Name': 'Real-Time'
    }),
    ['ThreatName: eicar', 'SourceName: Real-Time', 'Level: 2'],
    ['Level: 4', 'ThreatName: x']
  ]
]

test('fields are found where events have them', () => {
  for (const [logsource, event, yes, no] of mapped) {
    for (const [items, expected] of [
      [yes, true],
      [no, false]
    ] as const) {
      for (const item of items) {
        const text = `title: x\nlogsource: { ${logsource} }\ndetection:\n  a:\n    ${item}\n  condition: a\n`
        const { rules, diagnostics } = parseRules([{ path: 'a.yml', text }])
        assert.deepEqual(diagnostics, [])
        assert.equal(toPredicate(rules[0]!.expression)(event), expected, `${item} on ${JSON.stringify(event)}`)
      }
    }
  }
})

test('a category without a product means all systems', () => {
  const linux = documents.find(toPredicate(routeOf({ product: 'linux', category: 'process_creation' })))!
  const generic = toPredicate(routeOf({ category: 'process_creation' }))
  assert.ok(generic(linux))
  assert.ok(generic(security(4688)))
  assert.ok(!generic(security(4689)))
  assert.deepEqual(namesOf({ category: 'process_creation' })('CommandLine'), [
    'process.command_line',
    'winlog.event_data.CommandLine',
    'process.title',
    'CommandLine'
  ])
  // A product that nobody knows is not all of them.
  assert.ok(!toPredicate(routeOf({ product: 'esxi', category: 'process_creation' }))(linux))
})

test('names end with the field’s own, and a product without an entry is found by its name', () => {
  assert.deepEqual(namesOf({ product: 'windows', category: 'process_creation' })('CommandLine'), [
    'process.command_line',
    'winlog.event_data.CommandLine',
    'CommandLine'
  ])
  assert.deepEqual(namesOf({ product: 'suricata', service: 'alert' })('alert.metadata.policy'), [
    'suricata.eve.alert.metadata.policy',
    'alert.metadata.policy'
  ])
  assert.deepEqual(namesOf({ product: 'aws', service: 'cloudtrail' })('requestParameters.ipPermissions.items.cidrIp'), [
    'aws.cloudtrail.flattened.request_parameters.ipPermissions.items.cidrIp',
    'requestParameters.ipPermissions.items.cidrIp'
  ])
  const own = toPredicate(routeOf({ product: 'onelogin', service: 'onelogin.events' }))
  assert.ok(own({ event: { dataset: 'onelogin.events' } }))
  assert.ok(!own({ event: { dataset: 'aws.cloudtrail' } }))
  assert.deepEqual(routeOf({ category: 'unheard_of' }), { kind: 'all' })
})

test('the page says what the lists say', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/rules/log-sources.md'), 'utf8')
  assert.equal(page, logsourcesPage(), 'npm run docs:rules writes it anew')
})
