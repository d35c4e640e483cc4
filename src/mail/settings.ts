/** What the checks of mail are told by the configuration: who we are, who must not be imitated. In each worker, as own parsers are. */

import { type Brand, bundledBrands } from './brands.ts'

export type MailSettings = {
  /** Our own registrable domains. */
  readonly domains: readonly string[]
  /** Names of people that attackers pretend to be. */
  readonly people: readonly string[]
  /** In addition to those that come with Picket. */
  readonly brands: readonly Brand[]
}

export const noMailSettings: MailSettings = { domains: [], people: [], brands: [] }

let settings = noMailSettings
let brands: readonly Brand[] = bundledBrands

export function setMailSettings(next: MailSettings): void {
  settings = next
  brands = [...next.brands, ...bundledBrands]
}

export function mailSettings(): MailSettings {
  return settings
}

export function brandsInForce(of: MailSettings): readonly Brand[] {
  return of === settings ? brands : [...of.brands, ...bundledBrands]
}
