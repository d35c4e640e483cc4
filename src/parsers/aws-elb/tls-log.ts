/** One line of a network load balancer's access log (TLS listeners) to an ECS event. Called by `aws-elb.ts`. */

import type { Parsed } from '../../core/parser.ts'
import { isoMs, parseIso } from '../../core/time.ts'
import { countIn, present } from '../aws/fields.ts'
import { arnOf, portOf } from '../aws/values.ts'
import { further, numberIn, placeOf, tlsOf, wordsOf } from './places.ts'

const namedFields = 22

export function tlsEvent(fields: string[], count: number): Parsed {
  for (let i = count; i < namedFields; i++) fields[i] = '-'
  const timeUs = parseIso(fields[2]!)
  if (timeUs === undefined) return { ok: false, reason: `no time: "${fields[2]!.slice(0, 40)}"` }
  const client = placeOf(fields[5])
  if (client === undefined) return { ok: false, reason: `no client address: "${fields[5]!.slice(0, 60)}"` }
  const backend = placeOf(fields[6])
  const received = countIn(fields[9])
  const sent = countIn(fields[10])
  if (received === -1 || sent === -1) return { ok: false, reason: 'sizes are no numbers' }
  const connectionTime = numberIn(fields[7])
  const handshakeTime = numberIn(fields[8])
  const certificate = present(fields[12])
  const serial = present(fields[13])
  const cipher = present(fields[14])
  const protocol = present(fields[15])
  const arn = arnOf(certificate)
  return {
    ok: true,
    timeUs,
    kind: 'tls',
    event: {
      '@timestamp': isoMs(timeUs),
      event: {
        module: 'aws',
        dataset: 'aws.elb_logs',
        kind: 'event',
        category: ['network'],
        start: present(fields[21]),
        end: isoMs(timeUs)
      },
      source: { address: client.ip, ip: client.ip, port: portOf(client.port), bytes: received },
      destination: { domain: present(fields[17]), bytes: sent },
      tls: tlsOf(cipher, protocol),
      related: { ip: backend?.ip === undefined ? [client.ip] : [client.ip, backend.ip] },
      cloud: {
        provider: 'aws',
        region: arn?.region,
        account: arn?.account === undefined ? undefined : { id: arn.account }
      },
      aws: {
        elb: {
          type: 'tls',
          protocol: 'tcp',
          version: present(fields[1]),
          name: fields[3],
          listener: present(fields[4]),
          backend: { ip: backend?.ip, port: backend?.port },
          connection_time: connectionTime === undefined ? undefined : { ms: connectionTime },
          tls_handshake_time: handshakeTime === undefined ? undefined : { ms: handshakeTime },
          incoming_tls_alert: present(fields[11]),
          chosen_cert: { arn: certificate, serial },
          ssl_cipher: cipher,
          ssl_protocol: protocol,
          ssl_named_group: present(fields[16]),
          alpn_fe_protocol: present(fields[18]),
          alpn_be_protocol: present(fields[19]),
          alpn_client_preference_list: wordsOf(fields[20]!.replaceAll('"', ''), ','),
          further_fields: further(fields, namedFields, count)
        }
      }
    }
  }
}
