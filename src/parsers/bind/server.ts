/** What named says of its own accord: zones, transfers from others, answers that it could not get, its start and its end. */

import { endpointOf } from '../shared/endpoint.ts'
import { between } from '../syslog/facts.ts'
import type { DnsFacts } from './bind.ts'

export function readServerMessage(text: string, facts: DnsFacts): void {
  if (text.startsWith('zone ')) {
    readZone(text, facts)
    return
  }
  if (text.startsWith("transfer of '")) {
    readTransferIn(text, facts)
    return
  }
  const resolving = text.indexOf(" resolving '")
  if (resolving >= 0) {
    readResolving(text, resolving, facts)
    return
  }
  if (text.startsWith('received control channel command ')) {
    facts.action = 'control-command'
    facts.category = ['configuration']
    facts.type = ['access']
    facts.reason = between(text, "'", "'")
    return
  }
  if (text.startsWith('invalid command from ')) {
    facts.source = endpointOf(between(text, 'invalid command from ', ': ') ?? '', '#')
    facts.action = 'control-command-denied'
    facts.category = ['configuration']
    facts.type = ['denied']
    facts.outcome = 'failure'
    facts.reason = text
    return
  }
  if (text.startsWith('starting BIND ')) {
    process('started', 'start', facts)
    return
  }
  if (text === 'running') {
    process('started', 'start', facts)
    return
  }
  if (text.startsWith('shutting down') || text === 'exiting') {
    process('stopped', 'end', facts)
    return
  }
  if (text.startsWith('reloading configuration succeeded')) {
    facts.action = 'configuration-reloaded'
    facts.category = ['configuration']
    facts.type = ['change']
    facts.outcome = 'success'
    return
  }
  if (text.startsWith('loading configuration: ') || text.startsWith('reloading configuration failed')) {
    facts.action = 'configuration-reloaded'
    facts.category = ['configuration']
    facts.type = ['change', 'error']
    facts.outcome = 'failure'
    facts.reason = text
  }
}

function process(action: string, type: string, facts: DnsFacts): void {
  facts.action = action
  facts.category = ['process']
  facts.type = [type]
}

/** `zone example.com/IN: loaded serial 2024010101` */
function readZone(text: string, facts: DnsFacts): void {
  const colon = text.indexOf(': ', 5)
  if (colon < 0) return
  const zone = text.slice(5, colon)
  const parts = zone.split('/')
  facts.zone = parts[0]
  if (parts.length > 2) facts.view = parts[2]
  const what = text.slice(colon + 2)
  facts.serial = word(between(what, 'serial ', ''))
  const failed =
    what.includes('failed') || what.includes('failure') || what.includes('not loaded') || what.includes('expired')
  if (what.startsWith('loaded serial ')) facts.action = 'zone-loaded'
  else if (what.startsWith('sending notifies')) facts.action = 'dns-notify'
  else if (what.startsWith('transferred serial ')) facts.action = 'zone-transfer-in-ended'
  else if (what.startsWith('Transfer started')) facts.action = 'zone-transfer-in-started'
  else if (what.startsWith('refresh: ')) facts.action = 'zone-refresh'
  else if (failed) facts.action = 'zone-failed'
  const primary = between(what, 'primary ', ' ') ?? between(what, 'master ', ' ')
  if (primary?.includes('#') === true) facts.destination = endpointOf(primary, '#')
  const notify = between(what, 'notify from ', ': ')
  if (notify !== undefined) {
    facts.action = 'dns-notify'
    facts.source = endpointOf(notify, '#')
    if (what.startsWith('refused')) {
      facts.type = ['denied']
      facts.outcome = 'failure'
    }
  }
  if (failed) {
    facts.type = ['error']
    facts.outcome = 'failure'
    facts.reason = what
  }
}

/** `transfer of 'example.com/IN' from 192.0.2.1#53: Transfer status: success` */
function readTransferIn(text: string, facts: DnsFacts): void {
  const zone = between(text, "'", "'")
  facts.zone = zone?.split('/', 1)[0]
  const from = between(text, "' from ", ': ')
  if (from !== undefined) facts.destination = endpointOf(from, '#')
  facts.serial = between(text, '(serial ', ')')
  facts.transport = 'tcp'
  const using = between(text, 'connected using ', ' ') ?? between(text, 'connected using ', '')
  if (using !== undefined) facts.source = endpointOf(using, '#')
  if (text.includes('connected using')) {
    facts.action = 'zone-transfer-in-started'
    facts.type = ['connection', 'start']
  } else if (text.includes(' failed') || text.includes('Transfer status: ')) {
    const good = text.endsWith('Transfer status: success')
    facts.action = good ? 'zone-transfer-in-ended' : 'zone-transfer-in-failed'
    facts.type = good ? ['connection', 'end'] : ['connection', 'error']
    facts.outcome = good ? 'success' : 'failure'
    if (!good) facts.reason = text.slice(text.lastIndexOf(': ') + 2)
  } else {
    facts.action = 'zone-transfer-in-ended'
    facts.type = ['connection', 'end']
  }
}

/** `REFUSED unexpected RCODE resolving 'example.com/A/IN': 192.0.2.3#53` */
function readResolving(text: string, at: number, facts: DnsFacts): void {
  facts.action = 'dns-resolution-failed'
  facts.type = ['protocol', 'error']
  facts.outcome = 'failure'
  facts.reason = text.slice(0, at)
  const question = between(text, "'", "'", at)?.split('/')
  if (question !== undefined && question.length >= 3) {
    facts.questionName = question.slice(0, -2).join('/')
    facts.questionType = question.at(-2)
    facts.questionClass = question.at(-1)
  } else if (question !== undefined) facts.questionName = question.join('/')
  const server = text.slice(text.lastIndexOf(' ') + 1)
  if (server.includes('#')) facts.destination = endpointOf(server, '#')
}

function word(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  let i = 0
  while (i < text.length && i < 16 && text.charCodeAt(i) >= 48 && text.charCodeAt(i) <= 57) i++
  return i === 0 ? undefined : text.slice(0, i)
}
