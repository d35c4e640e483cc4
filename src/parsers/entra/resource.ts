/**
 * Azure's resource ids taken apart: `/subscriptions/ID/resourceGroups/GROUP/providers/PROVIDER/TYPE/NAME` (the words in upper case as
 * well), `/tenants/ID/providers/PROVIDER`.
 */

import type { Document } from '../ndjson/document.ts'

export type AzureResource = {
  readonly subscription: string | undefined
  readonly tenant: string | undefined
  readonly resource: Document
}

export function azureResource(id: string): AzureResource {
  const parts = id.split('/', 64)
  let subscription: string | undefined
  let tenant: string | undefined
  let group: string | undefined
  let providerAt = -1
  for (let i = 1; i + 1 < parts.length; i++) {
    const word = parts[i]!.toLowerCase()
    if (word === 'subscriptions') subscription ??= parts[i + 1]
    else if (word === 'tenants') tenant ??= parts[i + 1]
    else if (word === 'resourcegroups') group ??= parts[i + 1]
    else if (word === 'providers' && providerAt < 0) providerAt = i + 1
  }
  const resource: Document = { id, group }
  if (providerAt > 0) {
    const rest = parts.slice(providerAt)
    const named = group !== undefined && rest.length >= 3
    resource['provider'] = named ? rest.slice(0, 2).join('/') : rest.join('/')
    if (named) resource['name'] = rest.slice(2).join('/')
  }
  return { subscription, tenant, resource }
}
