/**
 * What Fluent Bit, Fluentd and Vector say about a pod, under the names that Elastic's processors give it (`kubernetes.pod.name` …).
 * Filebeat's own fields have these names already. Unknown fields stay as they are.
 */

import type { JsonObject, JsonValue } from '../../core/parser.ts'
import { cleanse, type Document, merge, put } from '../ndjson/document.ts'

const names = new Map(
  Object.entries({
    pod_name: 'pod.name',
    pod_id: 'pod.uid',
    pod_uid: 'pod.uid',
    pod_ip: 'pod.ip',
    namespace_name: 'namespace',
    pod_namespace: 'namespace',
    namespace_labels: 'namespace_labels',
    container_name: 'container.name',
    host: 'node.name',
    pod_node_name: 'node.name',
    node_labels: 'node.labels',
    pod_labels: 'labels',
    pod_annotations: 'annotations'
  })
)

export type PodFacts = {
  readonly kubernetes: Document
  readonly container: object | undefined
  readonly orchestrator: object
}

export function podFacts(json: JsonObject): PodFacts {
  const kubernetes: Document = {}
  const container: { id?: string; runtime?: string; name?: string; image?: { name: string } } = {}
  for (const key of Object.keys(json).slice(0, 256)) {
    const value = json[key]!
    if (key === 'docker_id' || key === 'container_id') setId(container, value)
    else if (key === 'container_image' && typeof value === 'string') container.image = { name: value }
    else {
      const field = names.get(key)
      const kept = key.endsWith('labels') || key.endsWith('annotations') ? labels(value) : cleanse(value, 3)
      if (kept === undefined) continue
      if (field === undefined) merge(kubernetes, key, kept)
      else merge(kubernetes, field, kept)
    }
  }
  const name = at(kubernetes, 'container', 'name')
  if (name !== undefined) container.name = name
  const pod = at(kubernetes, 'pod', 'name')
  return {
    kubernetes,
    container: Object.keys(container).length === 0 ? undefined : container,
    orchestrator: {
      type: 'kubernetes',
      namespace: typeof kubernetes['namespace'] === 'string' ? kubernetes['namespace'] : undefined,
      resource: pod === undefined ? undefined : { type: 'pod', name: pod }
    }
  }
}

/** `containerd://4f2e…` */
function setId(container: { id?: string; runtime?: string }, value: JsonValue): void {
  if (typeof value !== 'string' || value === '') return
  const slashes = value.indexOf('://')
  container.id = slashes < 0 ? value : value.slice(slashes + 3)
  if (slashes > 0) container.runtime = value.slice(0, slashes)
}

/** Dots in the names of labels are underscores, as Elastic's processors write them: `app.kubernetes.io/name` is one name. */
function labels(value: JsonValue): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return cleanse(value, 3)
  const out: Document = {}
  for (const key of Object.keys(value).slice(0, 256)) {
    const kept = cleanse(value[key]!, 4)
    if (kept !== undefined) put(out, key.replaceAll('.', '_'), kept)
  }
  return out
}

function at(document: Document, outer: string, inner: string): string | undefined {
  const object = document[outer]
  if (typeof object !== 'object' || object === null) return undefined
  const value = (object as Document)[inner]
  return typeof value === 'string' ? value : undefined
}
