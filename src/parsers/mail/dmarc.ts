/** A record of a DMARC aggregate report as an ECS event: mail that somebody received, from one address, under one name. */

import { distinct } from '../../core/ecs-values.ts'
import { isIp } from '../../core/ip.ts'
import type { Parsed } from '../../core/parser.ts'
import { isoMs } from '../../core/time.ts'
import type { Document } from '../ndjson/document.ts'
import { asText, look } from '../shared/draft.ts'

export function dmarcEvent(o: Document, messageId: string | undefined): Parsed {
  const begin = seconds(look(o, 'report_metadata', 'date_range', 'begin'))
  const end = seconds(look(o, 'report_metadata', 'date_range', 'end'))
  const address = asText(look(o, 'record', 'row', 'source_ip'))
  const ip = isIp(address) ? address : undefined
  const domain = asText(look(o, 'record', 'identifiers', 'header_from'))
  const sender = asText(look(o, 'record', 'identifiers', 'envelope_from'))
  const recipient = asText(look(o, 'record', 'identifiers', 'envelope_to'))
  const dkim = asText(look(o, 'record', 'row', 'policy_evaluated', 'dkim'))
  const spf = asText(look(o, 'record', 'row', 'policy_evaluated', 'spf'))
  const disposition = asText(look(o, 'record', 'row', 'policy_evaluated', 'disposition'))
  const count = Number(look(o, 'record', 'row', 'count'))
  const outcome =
    dkim === 'pass' || spf === 'pass' ? 'success' : dkim === undefined && spf === undefined ? undefined : 'failure'
  const organisation = asText(look(o, 'report_metadata', 'org_name'))
  if (Number.isSafeInteger(count)) (look(o, 'record', 'row') as Document)['count'] = count
  return {
    ok: true,
    timeUs: end ?? begin,
    kind: 'dmarc',
    event: {
      '@timestamp': end === undefined && begin === undefined ? undefined : isoMs((end ?? begin)!),
      event: {
        kind: 'event',
        module: 'mail',
        dataset: 'mail.dmarc',
        category: ['email'],
        type: disposition === 'reject' ? ['denied'] : ['info'],
        action: disposition === undefined ? undefined : `dmarc-${disposition}`,
        outcome,
        start: begin === undefined ? undefined : isoMs(begin),
        end: end === undefined ? undefined : isoMs(end),
        id: asText(look(o, 'report_metadata', 'report_id'))
      },
      source: { address, ip, domain: sender },
      email: { message_id: messageId },
      organization: { name: organisation },
      related: { ip: ip === undefined ? undefined : [ip], hosts: distinct(domain, sender, recipient) },
      dmarc: o
    }
  }
}

function seconds(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{8,11}$/.test(value) ? Number(value) : value
  return typeof number === 'number' && number > 1e8 && number < 1e11 ? number * 1e6 : undefined
}
