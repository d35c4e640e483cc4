/**
 * Who and what the other protocols' objects of EVE records name: users, mails, files, host names, as copies in ECS fields beside
 * `suricata.eve.*`, where everything stays. Elastic's mapping has none of this; without it, a search for a user or a hash would
 * have to know each protocol's own words.
 * https://docs.suricata.io/en/latest/output/eve/eve-json-format.html
 */

import { object, text } from '../../core/ecs-values.ts'
import { isIp } from '../../core/ip.ts'
import type { JsonObject, JsonValue } from '../../core/parser.ts'
import { stringsOf } from './rest.ts'

export type User = { readonly name: string | undefined; readonly domain: string | undefined }

export type Email = {
  readonly from: { readonly address: readonly string[] | undefined }
  readonly sender: { readonly address: string | undefined }
  readonly to: { readonly address: readonly string[] | undefined }
  readonly cc: { readonly address: readonly string[] | undefined }
  readonly subject: string | undefined
  readonly message_id: string | undefined
  readonly x_mailer: string | undefined
  readonly attachments: readonly { readonly file: { readonly name: string } }[] | undefined
}

/** The user that a record names, where its protocol has one. */
export function userOf(json: JsonObject): User | undefined {
  const krb5 = object(json['krb5'])
  if (krb5 !== undefined) return user(krb5['cname'], krb5['realm'])
  const smb = object(json['smb'])
  if (smb !== undefined) {
    const ntlm = object(smb['ntlmssp'])
    return ntlm && user(ntlm['user'], ntlm['domain'])
  }
  const ftp = object(json['ftp'])
  if (ftp !== undefined) return ftp['command'] === 'USER' ? user(ftp['command_data'], undefined) : undefined
  const pop3 = object(object(json['pop3'])?.['request'])
  if (pop3 !== undefined) return pop3['command'] === 'USER' ? user(stringsOf(pop3['args'])?.[0], undefined) : undefined
  const mqtt = object(object(json['mqtt'])?.['connect'])
  if (mqtt !== undefined) return user(mqtt['username'], undefined)
  const pgsql = object(object(object(json['pgsql'])?.['request'])?.['startup_parameters'])
  if (pgsql !== undefined) return user(pgsql['user'], undefined)
  const rdp = object(json['rdp'])
  if (rdp !== undefined) return user(rdp['cookie'], undefined)
  const snmp = object(json['snmp'])
  if (snmp !== undefined) return user(snmp['usm'], undefined)
  const ldap = object(object(object(json['ldap'])?.['request'])?.['bind_request'])
  if (ldap !== undefined) return user(ldap['name'], undefined)
  return undefined
}

function user(name: JsonValue | undefined, domain: JsonValue | undefined): User | undefined {
  const known = text(name)
  return known === undefined ? undefined : { name: known, domain: text(domain) }
}

/** Header and envelope of a mail (`email`, `smtp`). */
export function emailOf(email: JsonObject | undefined, smtp: JsonObject | undefined): Email {
  return {
    from: { address: addresses(email?.['from']) },
    sender: { address: addresses(smtp?.['mail_from'])?.[0] },
    to: { address: addresses(email?.['to']) ?? addresses(smtp?.['rcpt_to']) },
    cc: { address: addresses(email?.['cc']) },
    subject: text(email?.['subject']),
    message_id: text(email?.['message_id']),
    x_mailer: text(email?.['x_mailer']),
    attachments: stringsOf(email?.['attachment'])?.map(name => ({ file: { name } }))
  }
}

/** What stands between `<` and `>`, or the whole where they do not stand. */
function addresses(value: JsonValue | undefined): string[] | undefined {
  return stringsOf(value)?.map(mailbox => {
    const open = mailbox.lastIndexOf('<')
    const close = mailbox.indexOf('>', open + 1)
    return open >= 0 && close > open + 1 ? mailbox.slice(open + 1, close) : mailbox
  })
}

export type FileHash = {
  readonly md5: string | undefined
  readonly sha1: string | undefined
  readonly sha256: string | undefined
}

export function fileHash(fileinfo: JsonObject): FileHash {
  return { md5: text(fileinfo['md5']), sha1: text(fileinfo['sha1']), sha256: text(fileinfo['sha256']) }
}

/** Fingerprints of SSH's two sides. */
export function sshHashes(ssh: JsonObject): readonly (string | undefined)[] {
  const side = (name: string): string | undefined => text(object(object(ssh[name])?.['hassh'])?.['hash'])
  return [side('client'), side('server')]
}

/** Whom a DHCP exchange is about. */
export type Client = {
  readonly ip: string | undefined
  readonly mac: string | undefined
  readonly hostName: string | undefined
}

export function dhcpClient(dhcp: JsonObject): Client {
  const mac = text(dhcp['client_mac'])
  const address = [dhcp['assigned_ip'], dhcp['client_ip'], dhcp['requested_ip']].find(
    ip => isIp(ip) && ip !== '0.0.0.0'
  )
  return {
    ip: address as string | undefined,
    mac: mac === undefined ? undefined : ecsMac(mac),
    hostName: text(dhcp['hostname'])
  }
}

/** `00-1A-E9-9D-53-B7` (RFC 7042) of any usual notation; undefined for anything else. */
export function ecsMac(mac: string): string | undefined {
  if (mac.length > 32) return undefined
  let out = ''
  let digits = 0
  for (let i = 0; i < mac.length; i++) {
    const c = mac.charCodeAt(i)
    if (c === 58 || c === 45 || c === 46) continue
    if (!((c >= 48 && c <= 57) || ((c | 32) >= 97 && (c | 32) <= 102))) return undefined
    if (digits > 0 && digits % 2 === 0) out += '-'
    out += mac[i]
    digits++
  }
  return digits >= 12 && digits % 2 === 0 ? out.toUpperCase() : undefined
}
