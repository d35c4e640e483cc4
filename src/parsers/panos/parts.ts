/** Parts of PAN-OS records that take some reading: the miscellaneous column of threats, the TLS columns of decryption logs. */

import { isoMs } from '../../core/time.ts'
import { extensionOf, urlParts } from '../shared/url.ts'
import { panosTime } from './panos.ts'

export type Misc = {
  readonly url: object | undefined
  readonly domain: string | undefined
  readonly filePath: string | undefined
  readonly fileName: string | undefined
  /** What is none of these. */
  readonly rest: string | undefined
}

const nothing: Misc = { url: undefined, domain: undefined, filePath: undefined, fileName: undefined, rest: undefined }

/** A URL without a scheme, or a file's name, by subtype. */
export function misc(subtype: string, text: string | undefined): Misc {
  if (text === undefined) return nothing
  const slashed = text.includes('/')
  if (subtype === 'url' || (slashed && (subtype === 'virus' || subtype === 'vulnerability'))) return urlOf(text)
  if (subtype === 'file' || subtype === 'virus' || subtype === 'vulnerability') {
    if (!slashed && !text.includes('\\')) return { ...nothing, fileName: text }
    const cut = slashed ? text.lastIndexOf('/') : text.lastIndexOf('\\')
    return { ...nothing, filePath: text, fileName: text.slice(cut + 1) || undefined }
  }
  return { ...nothing, rest: text }
}

function urlOf(original: string): Misc {
  if (original.includes('://')) {
    const url = urlParts(original)
    return { ...nothing, url, domain: url?.domain }
  }
  const slash = original.indexOf('/')
  const mark = original.indexOf('?', Math.max(slash, 0))
  const hostEnd = slash >= 0 ? slash : mark >= 0 ? mark : original.length
  const host = original.slice(0, hostEnd)
  const path = slash < 0 ? undefined : original.slice(slash, mark < 0 ? undefined : mark)
  const colon = host.indexOf(':')
  const port = colon < 0 ? undefined : host.slice(colon + 1)
  const domain = colon < 0 ? host : host.slice(0, colon)
  return {
    ...nothing,
    domain: colon < 0 ? host || undefined : undefined,
    url: {
      original,
      domain: domain || undefined,
      port: port !== undefined && /^\d{1,5}$/.test(port) ? Number(port) : undefined,
      path,
      extension: path === undefined ? undefined : extensionOf(path),
      query: mark < 0 ? undefined : original.slice(mark + 1)
    }
  }
}

export function tlsOf(
  get: (name: string) => string | undefined,
  count: (name: string) => number | undefined,
  zone: number
): object {
  const version = get('tls.version')
  const hash = get('hash')
  const time = (name: string) => {
    const text = get(name)
    const us = text === undefined ? undefined : panosTime(text, zone)
    return us === undefined ? undefined : isoMs(us)
  }
  return {
    version: version?.slice(3, 6) || undefined,
    version_protocol: version?.slice(0, 3).toLowerCase(),
    cipher: get('tls.encryption'),
    curve: get('elliptic_curve'),
    client: {
      server_name: get('server_name_indication.value'),
      not_before: time('certificate.not_before'),
      not_after: time('certificate.not_after'),
      hash: {
        md5: hash?.length === 32 ? hash : undefined,
        sha1: hash?.length === 40 ? hash : undefined,
        sha256: hash?.length === 64 ? hash : undefined
      },
      x509: {
        subject: { common_name: get('subject_common_name.value') },
        issuer: { common_name: get('issuer_common_name.value') },
        serial_number: get('certificate.serial_number'),
        version_number: get('certificate.version'),
        public_key_size: count('certificate.size')
      }
    }
  }
}
