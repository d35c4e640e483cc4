/** One line of an application load balancer's connection log to an ECS event. Called by `aws-elb.ts`. */

import type { Parsed } from '../../core/parser.ts'
import { isoMs } from '../../core/time.ts'
import { present } from '../aws/fields.ts'
import { portOf } from '../aws/values.ts'
import { further, numberIn, tlsOf } from './places.ts'

const namedFields = 12

export function connectionEvent(fields: string[], count: number, timeUs: number): Parsed {
  const clientPort = portOf(fields[2])
  const listenerPort = portOf(fields[3])
  if (clientPort === undefined || listenerPort === undefined)
    return { ok: false, reason: 'no ports of client and listener behind the client address' }
  const protocol = present(fields[4])
  const cipher = present(fields[5])
  const handshake = numberIn(fields[6])
  const validity = present(fields[8])
  const status = present(fields[10])
  return {
    ok: true,
    timeUs,
    kind: 'connection',
    event: {
      '@timestamp': isoMs(timeUs),
      event: {
        module: 'aws',
        dataset: 'aws.elb_logs',
        kind: 'event',
        category: ['network'],
        type: ['connection'],
        outcome: status === undefined ? undefined : status === 'Success' ? 'success' : 'failure',
        reason: status === undefined || status === 'Success' ? undefined : status.slice(status.indexOf(':') + 1),
        end: isoMs(timeUs)
      },
      source: { address: fields[1], ip: fields[1], port: clientPort },
      destination: { port: listenerPort },
      tls: {
        ...tlsOf(cipher, protocol),
        client: {
          subject: present(fields[7]),
          not_before: part(validity, 'NotBefore='),
          not_after: part(validity, 'NotAfter='),
          x509: { serial_number: present(fields[9]) }
        }
      },
      related: { ip: [fields[1]] },
      cloud: { provider: 'aws' },
      aws: {
        elb: {
          protocol: 'tcp',
          tls_handshake_time: handshake === undefined ? undefined : { sec: handshake },
          tls_verify_status: status,
          ssl_cipher: cipher,
          ssl_protocol: protocol,
          conn_trace_id: present(fields[11]),
          further_fields: further(fields, namedFields, count)
        }
      }
    }
  }
}

/** The time behind a key in `NotBefore=…;NotAfter=…` */
function part(validity: string | undefined, key: string): string | undefined {
  const at = validity === undefined ? -1 : validity.indexOf(key)
  if (at < 0) return undefined
  const end = validity!.indexOf(';', at)
  return validity!.slice(at + key.length, end < 0 ? undefined : end)
}
