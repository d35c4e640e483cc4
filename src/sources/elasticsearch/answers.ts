/** What shippers ask an Elasticsearch before and beside their documents, and what they need to hear. */

import type { HttpAnswer } from '../listen/http.ts'

/** The version whose API this follows. Clients refuse servers older than themselves by a major version. */
const version = '8.17.0'
const epoch = '2026-01-01T00:00:00.000Z'

export function json(status: number, value: unknown): HttpAnswer {
  return { status, text: JSON.stringify(value), headers: { 'content-type': 'application/json' } }
}

export function failure(status: number, type: string, reason: string): HttpAnswer {
  return json(status, { error: { root_cause: [{ type, reason }], type, reason }, status })
}

const about = {
  name: 'picket',
  cluster_name: 'picket',
  cluster_uuid: 'picket0000000000000000',
  version: {
    number: version,
    build_flavor: 'default',
    build_type: 'tar',
    build_hash: '0',
    build_date: epoch,
    build_snapshot: false,
    lucene_version: '9.12.0',
    minimum_wire_compatibility_version: '7.17.0',
    minimum_index_compatibility_version: '7.0.0'
  },
  tagline: 'You Know, for Search'
}

const health = {
  cluster_name: 'picket',
  status: 'green',
  timed_out: false,
  number_of_nodes: 1,
  number_of_data_nodes: 1,
  active_primary_shards: 1,
  active_shards: 1,
  relocating_shards: 0,
  initializing_shards: 0,
  unassigned_shards: 0
}

const license = {
  status: 'active',
  uid: '00000000-0000-4000-8000-000000000000',
  type: 'basic',
  mode: 'basic',
  issue_date: epoch
}

/** What is set up in Elasticsearch before documents come (templates, policies, pipelines): accepted, and not needed here. */
const setUp =
  /^\/(_index_template|_component_template|_template|_ilm|_data_stream|_ingest|_alias|_aliases|_cluster\/settings)(\/|$)/
const indexPath = /^\/[^/_][^/]*$/
const refreshPath = /^\/(?:(?:[^/_][^/]*|_all)\/)?(?:_refresh|_flush)$/

/** Undefined: nothing that is known here. `host` is where the client reached us. */
export function answerFor(method: string, path: string, host: string): HttpAnswer | undefined {
  const reading = method === 'GET' || method === 'HEAD'
  if (refreshPath.test(path)) return json(200, { _shards: { total: 1, successful: 1, failed: 0 } })
  if (setUp.test(path))
    return reading
      ? failure(404, 'resource_not_found_exception', 'it is not kept here: Picket needs no set-up')
      : json(200, { acknowledged: true })
  if (indexPath.test(path)) {
    const index = path.slice(1)
    if (method === 'PUT') return json(200, { acknowledged: true, shards_acknowledged: true, index })
    if (reading) return failure(404, 'index_not_found_exception', `no such index [${index}]: there are none in Picket`)
  }
  if (!reading) return undefined
  if (path === '/') return json(200, about)
  if (path === '/_license' || path === '/_xpack/license') return json(200, { license })
  if (path === '/_xpack')
    return json(200, { license, features: { ilm: { available: true, enabled: true } }, tagline: about.tagline })
  if (path.startsWith('/_cluster/health')) return json(200, health)
  if (path === '/_cat/health') return { status: 200, text: '0 00:00:00 picket green 1 1 1 1 0 0 0 0 - 100.0%\n' }
  if (/^\/_nodes(\/_all)?\/http$/.test(path)) return json(200, nodes(host))
  return undefined
}

/** One node, at the address by which it was asked: clients that look for more find this one. */
function nodes(host: string): object {
  const node = { name: about.name, version, build_flavor: 'default', roles: ['data', 'ingest'] }
  const known = /^[\w.:[\]-]{1,255}$/.test(host) ? { picket: { ...node, http: { publish_address: host } } } : {}
  return { _nodes: { total: 1, successful: 1, failed: 0 }, cluster_name: about.cluster_name, nodes: known }
}
