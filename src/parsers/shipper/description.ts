import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'JSON lines of log shippers around lines of another format: the line is in `log`, `message`, `Message`, `msg`, `line`, `_raw`, `raw` or ' +
    '`MESSAGE` and is read as a record of whatever format it is in. The shipper’s other fields are added as the format for any JSON ' +
    '(`ndjson`) reads them; what Fluent Bit, Fluentd and Vector say about a pod gets the names that Elastic’s processors use. A line ' +
    'that no format knows stays `message`. Documents that are normalised already (`event.kind`, `event.category`) are left as they are.',
  from: 'The file or HTTP output of Fluent Bit, Fluentd, Vector, Filebeat or Logstash, JSON lines.',
  specifications: [
    'https://docs.fluentbit.io/manual/pipeline/filters/kubernetes',
    'https://vector.dev/docs/reference/configuration/sources/kubernetes_logs/',
    'https://www.elastic.co/docs/reference/beats/filebeat/exported-fields-kubernetes-processor'
  ],
  sample:
    '{"stream":"stdout","log":"ready","time":"2026-01-01T00:00:00Z","kubernetes":{"pod_name":"web-0","namespace_name":"shop",' +
    '"container_name":"web","host":"node-1"}}',
  mapping: [
    ['@timestamp', 'the line’s own time, else the shipper’s'],
    ['message', 'the line', 'where no format knows it'],
    ['kubernetes.pod.name, kubernetes.pod.uid', '`pod_name`, `pod_id`, `pod_uid`'],
    ['kubernetes.namespace', '`namespace_name`, `pod_namespace`'],
    ['kubernetes.container.name, container.name', '`container_name`'],
    ['kubernetes.node.name', '`host`, `pod_node_name`'],
    ['kubernetes.labels', '`labels`, `pod_labels`', 'dots in their names are underscores'],
    ['container.id, container.runtime', '`docker_id`, `container_id`'],
    ['container.image.name', '`container_image`'],
    ['orchestrator.*', 'kind, namespace and pod']
  ]
}
