/** Handshakes of TLS. */

import { numberOf, object, text } from '../../core/ecs-values.ts'
import type { JsonObject } from '../../core/parser.ts'
import { isoMs, parseIso } from '../../core/time.ts'
import { distinguishedName } from '../suricata/distinguished-name.ts'
import { texts } from './dns.ts'
import type { Part } from './part.ts'

export function tlsPart(_json: JsonObject, tls: JsonObject): Part {
  const version = /^(TLS|SSL) (\d\.\d)$/.exec(text(tls['version']) ?? '')
  const certificate = object(tls['certificate'])
  const [subject, issuer] = [text(certificate?.['subject']), text(certificate?.['issuer'])]
  const [notBefore, notAfter] = [timeOf(certificate?.['not_before']), timeOf(certificate?.['not_after'])]
  const [sha1, sha256] = [certificate?.['sha1'], certificate?.['sha256']].map(hash => text(hash)?.toUpperCase())
  const [ja3, ja3s, ja4] = [text(tls['ja3']), text(tls['ja3s']), text(tls['ja4'])]
  const serverName = text(tls['sni'])
  const names = texts(certificate?.['names'])
  const alert = object(tls['alert'])
  return {
    type: ['connection', 'protocol'],
    protocol: 'tls',
    outcome: tls['established'] === true ? 'success' : alert === undefined ? undefined : 'failure',
    destination: { domain: serverName },
    hosts: [serverName],
    hashes: [sha1, sha256, ja3s, ja3, ja4],
    fields: {
      tls: {
        version: version?.[2],
        version_protocol: version?.[1]?.toLowerCase(),
        cipher: text(tls['cipher']),
        established: typeof tls['established'] === 'boolean' ? tls['established'] : undefined,
        resumed: typeof tls['resumed'] === 'boolean' ? tls['resumed'] : undefined,
        next_protocol: text(tls['alpn']),
        client: { server_name: serverName, ja3, ja4 },
        server: {
          ja3s,
          subject,
          issuer,
          not_before: notBefore,
          not_after: notAfter,
          hash: { sha1, sha256 },
          x509: certificate && {
            subject: subject === undefined ? undefined : distinguishedName(subject),
            issuer: issuer === undefined ? undefined : distinguishedName(issuer),
            serial_number: text(certificate['serial']),
            not_before: notBefore,
            not_after: notAfter,
            alternative_names: names
          }
        }
      },
      packets: {
        tls: {
          ja3_full: text(tls['ja3_full']),
          ja3s_full: text(tls['ja3s_full']),
          client_versions: texts(tls['client_versions']),
          client_alpn: texts(tls['client_alpn']),
          asks_certificate: tls['asks_certificate'] === true ? true : undefined,
          chain_sha256: texts(tls['chain_sha256']),
          alert: alert && {
            level: text(alert['level']),
            code: numberOf(alert['code']),
            from: text(alert['from'])
          }
        }
      }
    }
  }
}

function timeOf(value: unknown): string | undefined {
  const us = typeof value === 'string' ? parseIso(value) : undefined
  return us === undefined ? undefined : isoMs(us)
}
