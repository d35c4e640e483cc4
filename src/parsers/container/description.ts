import type { FormatDescription } from '../../core/parser.ts'

const names: FormatDescription['mapping'] = [
  ['container.id', 'the file’s name', '`<id>-json.log`, `<pod>_<namespace>_<container>-<id>.log`'],
  ['kubernetes.pod.name, kubernetes.namespace, kubernetes.container.name', 'the file’s name', '/var/log/containers'],
  ['orchestrator.*', 'the file’s name']
]

export const dockerDescription: FormatDescription = {
  reads:
    'What containers write to their standard output, as Docker’s `json-file` driver keeps it. Each line is read as a record of whatever ' +
    'format it is in, and gets stream and container added; a line that no format knows stays `message`. A line of more than 16 KiB ' +
    'comes from Docker in pieces, each of which is an event.',
  from: 'Follow or import `/var/lib/docker/containers/*/*-json.log`.',
  specifications: ['https://docs.docker.com/engine/logging/drivers/json-file/'],
  sample: '{"log":"ready\\n","stream":"stdout","time":"2026-01-01T00:00:00.123456789Z"}',
  mapping: [
    ['@timestamp', 'the line’s own time, else `time`'],
    ['message', '`log`', 'where no format knows it'],
    ['stream', '`stream`'],
    ['docker.attrs', '`attrs`'],
    ...names
  ]
}

export const criDescription: FormatDescription = {
  reads:
    'What containers write to their standard output, as the runtimes of Kubernetes (containerd, CRI-O) keep it. Each line is read as a ' +
    'record of whatever format it is in, and gets stream, container and pod added; a line that no format knows stays `message`. ' +
    'The parts of a long line (`P`) are put together.',
  from: 'Follow or import `/var/log/containers/*.log` (their names tell pod, namespace and container) or `/var/log/pods`.',
  specifications: ['https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md'],
  sample: '2026-01-01T00:00:00.123456789Z stdout F ready',
  mapping: [
    ['@timestamp', 'the line’s own time, else the time before it'],
    ['message', 'the content', 'where no format knows it'],
    ['stream', '`stdout`, `stderr`'],
    ...names
  ]
}
