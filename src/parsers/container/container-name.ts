/**
 * What the name of a container's log file says.
 *   Docker:     <container id>-json.log
 *   Kubernetes: <pod>_<namespace>_<container>-<container id>.log (/var/log/containers)
 */

export type FileFacts = {
  readonly container?: { readonly id: string; readonly name?: string }
  readonly kubernetes?: object
  readonly orchestrator?: object
}

const docker = /^([0-9a-f]{64})-json\.log/
const kubernetes = /^([a-z0-9.-]{1,253})_([a-z0-9-]{1,63})_([a-z0-9.-]{1,253})-([0-9a-f]{64})\.log/

export function containerIn(fileName: string | undefined): FileFacts {
  if (fileName === undefined || fileName.length > 1024) return {}
  const name = fileName.slice(fileName.lastIndexOf('/') + 1)
  const id = docker.exec(name)?.[1]
  if (id !== undefined) return { container: { id } }
  const [, pod, namespace, container, containerId] = kubernetes.exec(name) ?? []
  if (containerId === undefined) return {}
  return {
    container: { id: containerId, name: container! },
    kubernetes: { pod: { name: pod }, namespace, container: { name: container } },
    orchestrator: { type: 'kubernetes', namespace, resource: { type: 'pod', name: pod } }
  }
}
