/**
 * The `tls` and `quic` objects of EVE records. Gives ECS `tls.*` and what is left for `suricata.eve.tls` (everything: ECS fields are
 * copies here, as Elastic's are; only the root's dot at the end of a server name goes, see `sni_original`).
 * https://docs.suricata.io/en/latest/output/eve/eve-json-format.html#event-type-tls
 */

import { object, text } from '../../core/ecs-values.ts'
import type { JsonObject, JsonValue } from '../../core/parser.ts'
import { isoMs, parseIso } from '../../core/time.ts'
import { type DistinguishedName, distinguishedName } from './distinguished-name.ts'
import { keep, type Rest, stringsOf } from './rest.ts'

type Certificate = {
  readonly subject: string | undefined
  readonly issuer: string | undefined
  readonly not_before: string | undefined
  readonly not_after: string | undefined
  readonly certificate: string | undefined
  readonly certificate_chain: readonly string[] | undefined
  readonly hash: { readonly sha1: string } | undefined
  readonly x509: {
    readonly subject: DistinguishedName | undefined
    readonly issuer: DistinguishedName | undefined
    readonly serial_number: string | undefined
    readonly not_before: string | undefined
    readonly not_after: string | undefined
    readonly alternative_names: readonly string[] | undefined
  }
}

export type Tls = {
  readonly version: string | undefined
  readonly version_protocol: string | undefined
  readonly resumed: boolean | undefined
  readonly client: Partial<Certificate> & { readonly server_name: string | undefined; readonly ja3: string | undefined }
  readonly server: Partial<Certificate> & { readonly ja3s: string | undefined }
}

export type TlsSection = {
  readonly tls: Tls
  readonly serverName: string | undefined
  /** Fingerprints for `related.hash`. */
  readonly hashes: readonly (string | undefined)[]
  readonly rest: JsonObject | Rest
}

export function tlsOf(tls: JsonObject): TlsSection {
  const server = certificateOf(tls)
  const clientObject = object(tls['client'])
  const client = clientObject && certificateOf(clientObject)
  const sni = text(tls['sni'])
  const dotted = sni !== undefined && sni.length > 1 && sni.charCodeAt(sni.length - 1) === 46
  const serverName = dotted ? sni.slice(0, -1) : sni
  const ja3 = text(object(tls['ja3'])?.['hash'])
  const ja3s = text(object(tls['ja3s'])?.['hash'])
  const version = text(tls['version'])
  const split = version === undefined ? undefined : versionOf(version)
  return {
    tls: {
      version: split?.version,
      version_protocol: split?.protocol,
      resumed: typeof tls['session_resumed'] === 'boolean' ? tls['session_resumed'] : undefined,
      client: {
        server_name: serverName,
        ja3,
        subject: client?.subject,
        issuer: client?.issuer,
        not_before: client?.not_before,
        not_after: client?.not_after,
        certificate: client?.certificate,
        certificate_chain: client?.certificate_chain,
        hash: client?.hash,
        x509: client?.x509
      },
      server: {
        ja3s,
        subject: server.subject,
        issuer: server.issuer,
        not_before: server.not_before,
        not_after: server.not_after,
        certificate: server.certificate,
        certificate_chain: server.certificate_chain,
        hash: server.hash,
        x509: server.x509
      }
    },
    serverName,
    hashes: [server.hash?.sha1, ja3s, ja3, text(tls['ja4']), client?.hash?.sha1],
    rest: dotted ? withServerName(tls, serverName, sni) : tls
  }
}

/** QUIC carries TLS: its server name and fingerprints are worth the same fields. */
export function quicTlsOf(quic: JsonObject): TlsSection {
  const serverName = text(quic['sni'])
  const ja3 = text(object(quic['ja3'])?.['hash'])
  const ja3s = text(object(quic['ja3s'])?.['hash'])
  return {
    tls: {
      version: undefined,
      version_protocol: undefined,
      resumed: undefined,
      client: { server_name: serverName, ja3 },
      server: { ja3s }
    },
    serverName,
    hashes: [ja3s, ja3, text(quic['ja4'])],
    rest: quic
  }
}

function certificateOf(tls: JsonObject): Certificate {
  const subject = text(tls['subject'])
  const issuer = text(tls['issuerdn'])
  const notBefore = timeOf(tls['notbefore'])
  const notAfter = timeOf(tls['notafter'])
  const fingerprint = text(tls['fingerprint'])
  return {
    subject,
    issuer,
    not_before: notBefore,
    not_after: notAfter,
    certificate: text(tls['certificate']),
    certificate_chain: stringsOf(tls['chain']),
    hash: fingerprint === undefined ? undefined : { sha1: fingerprint.replaceAll(':', '').toUpperCase() },
    x509: {
      subject: subject === undefined ? undefined : distinguishedName(subject),
      issuer: issuer === undefined ? undefined : distinguishedName(issuer),
      serial_number: text(tls['serial'])?.replaceAll(':', ''),
      not_before: notBefore,
      not_after: notAfter,
      alternative_names: stringsOf(tls['subjectaltname'])
    }
  }
}

function timeOf(value: JsonValue | undefined): string | undefined {
  const us = typeof value === 'string' ? parseIso(value) : undefined
  return us === undefined ? undefined : isoMs(us)
}

/** `TLS 1.2`, `TLSv1`, `SSLv3`; nothing for `UNDETERMINED` and bare numbers. */
function versionOf(text: string): { protocol: string; version: string } | undefined {
  let at = text.indexOf('v')
  if (at < 0) at = text.indexOf(' ')
  if (at <= 0 || at > 16 || at === text.length - 1) return undefined
  return { protocol: text.slice(0, at).toLowerCase(), version: text.slice(at + 1) }
}

function withServerName(tls: JsonObject, serverName: string | undefined, original: string): Rest {
  const rest: Rest = {}
  for (const key in tls) keep(rest, key, key === 'sni' ? serverName : tls[key])
  rest['sni_original'] = original
  return rest
}
