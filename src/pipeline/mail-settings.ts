/** What the configuration says of mail, for those who ask it: the workers that check, the lane's thread that looks names up. */

import { siteOf } from '../mail/links.ts'
import type { MailSettings } from '../mail/settings.ts'
import type { Config } from '../platform/config-schema.ts'
import type { ThreadSettings } from './mail-thread.ts'

export function mailChecks({ mail }: Pick<Config, 'mail'>): MailSettings {
  const registrable = (domains: readonly string[]): string[] => [
    ...new Set(domains.map(domain => siteOf(domain) ?? domain))
  ]
  return {
    domains: registrable(mail.domains),
    people: mail.people,
    brands: mail.brands.map(({ name, domains }) => ({ name, domains: registrable(domains) }))
  }
}

export function mailThreadSettings({ mail, limits }: Pick<Config, 'mail' | 'limits'>): ThreadSettings {
  return {
    authservIds: mail.authservIds,
    relays: mail.relays,
    dns: mail.dns,
    verifyFiles: mail.verifyFiles,
    resolver: { servers: mail.dnsServers, timeoutMs: mail.dnsTimeout },
    recordBytesMax: limits.recordBytesMax
  }
}
