/**
 * The fields of systemd's journal (systemd.journal-fields(7), Docker's journald driver) and where they belong, as Filebeat's journald
 * input has it. What is not listed stands below `journald.custom`.
 */

import type { JsonObject, JsonValue } from '../../core/parser.ts'
import { cleanse, type Document, merge, put } from '../ndjson/document.ts'

const texts: readonly (readonly [string, string])[] = [
  ['COREDUMP_UNIT', 'journald.coredump.unit'],
  ['COREDUMP_USER_UNIT', 'journald.coredump.user_unit'],
  ['OBJECT_CMDLINE', 'journald.object.process.command_line'],
  ['OBJECT_COMM', 'journald.object.process.name'],
  ['OBJECT_EXE', 'journald.object.process.executable'],
  ['OBJECT_SYSTEMD_SESSION', 'journald.object.systemd.session'],
  ['OBJECT_SYSTEMD_UNIT', 'journald.object.systemd.unit'],
  ['OBJECT_SYSTEMD_USER_UNIT', 'journald.object.systemd.user_unit'],
  ['_KERNEL_DEVICE', 'journald.kernel.device'],
  ['_KERNEL_SUBSYSTEM', 'journald.kernel.subsystem'],
  ['_UDEV_DEVLINK', 'journald.kernel.device_symlinks'],
  ['_UDEV_DEVNODE', 'journald.kernel.device_node_path'],
  ['_UDEV_SYSNAME', 'journald.kernel.device_name'],
  ['UNIT', 'journald.unit'],
  ['_AUDIT_SESSION', 'journald.audit.session'],
  ['_BOOT_ID', 'journald.host.boot_id'],
  ['_CAP_EFFECTIVE', 'journald.process.capabilities'],
  ['_CMDLINE', 'journald.process.command_line'],
  ['_COMM', 'journald.process.name'],
  ['_EXE', 'journald.process.executable'],
  ['CODE_FILE', 'journald.code.file'],
  ['CODE_FUNC', 'journald.code.func'],
  ['_SYSTEMD_INVOCATION_ID', 'systemd.invocation_id'],
  ['_SYSTEMD_USER_SLICE', 'systemd.user_slice'],
  ['_SYSTEMD_CGROUP', 'systemd.cgroup'],
  ['_SYSTEMD_SESSION', 'systemd.session'],
  ['_SYSTEMD_SLICE', 'systemd.slice'],
  ['_SYSTEMD_UNIT', 'systemd.unit'],
  ['_SYSTEMD_USER_UNIT', 'systemd.user_unit'],
  ['_TRANSPORT', 'systemd.transport'],
  ['CONTAINER_ID', 'container.id_truncated'],
  ['CONTAINER_ID_FULL', 'container.id'],
  ['CONTAINER_NAME', 'container.name'],
  ['CONTAINER_TAG', 'container.log.tag'],
  ['IMAGE_NAME', 'container.image.name']
]

const integers: readonly (readonly [string, string])[] = [
  ['OBJECT_AUDIT_LOGINUID', 'journald.object.audit.login_uid'],
  ['OBJECT_AUDIT_SESSION', 'journald.object.audit.session'],
  ['OBJECT_GID', 'journald.object.gid'],
  ['OBJECT_PID', 'journald.object.pid'],
  ['OBJECT_SYSTEMD_OWNER_UID', 'journald.object.systemd.owner_uid'],
  ['OBJECT_UID', 'journald.object.uid'],
  ['_AUDIT_LOGINUID', 'journald.audit.login_uid'],
  ['CODE_LINE', 'journald.code.line'],
  ['_GID', 'journald.gid'],
  ['_PID', 'journald.pid'],
  ['_SYSTEMD_OWNER_UID', 'systemd.owner_uid'],
  ['_UID', 'journald.uid']
]

type Place = { readonly path: string; readonly integer: boolean }

const places: ReadonlyMap<string, Place> = new Map<string, Place>([
  ...texts.map(([name, path]) => [name, { path, integer: false }] as const),
  ...integers.map(([name, path]) => [name, { path, integer: true }] as const)
])

/** What stands elsewhere in the event: the time, the message, what syslog has names for, and the journal's own bookkeeping. */
const elsewhere = new Set(
  (
    '__REALTIME_TIMESTAMP __MONOTONIC_TIMESTAMP __CURSOR __SEQNUM __SEQNUM_ID MESSAGE MESSAGE_ID PRIORITY SYSLOG_FACILITY ' +
    'SYSLOG_IDENTIFIER SYSLOG_PID SYSLOG_TIMESTAMP _HOSTNAME _MACHINE_ID _SOURCE_REALTIME_TIMESTAMP _SOURCE_MONOTONIC_TIMESTAMP ' +
    'CONTAINER_PARTIAL_MESSAGE'
  ).split(' ')
)

/** Adds the entry's fields to the event. */
export function addFields(event: Document, json: JsonObject): void {
  let custom: Document | undefined
  for (const name in json) {
    if (elsewhere.has(name)) continue
    const value = json[name]!
    const place = places.get(name)
    const text = readable(value)
    if (text === undefined) continue
    if (place === undefined) {
      custom ??= {}
      put(custom, customName(name), text)
      continue
    }
    const number = place.integer ? integer(value) : undefined
    merge(event, place.path, number ?? text)
  }
  if (custom !== undefined) merge(event, 'journald.custom', custom)
  if (json['CONTAINER_PARTIAL_MESSAGE'] !== undefined)
    merge(event, 'container.partial', json['CONTAINER_PARTIAL_MESSAGE'] === 'true')
}

function customName(name: string): string {
  let from = 0
  while (name.charCodeAt(from) === 95) from++
  return name.slice(from).toLowerCase() || name
}

/** Text; bytes as the text they are; several values as a list. */
export function readable(value: JsonValue): unknown {
  if (!Array.isArray(value)) return cleanse(value, 2)
  if (value.length > 0 && value.every(isByte)) return textOfBytes(value)
  const items: unknown[] = []
  for (const item of value.slice(0, 256)) {
    // Several values, each text or bytes: no deeper.
    const text = Array.isArray(item) && item.every(isByte) ? textOfBytes(item) : cleanse(item, 3)
    if (text !== undefined) items.push(text)
  }
  return items
}

const bytesMax = 262_144
const utf8 = new TextDecoder()

function textOfBytes(bytes: readonly number[]): string {
  return utf8.decode(Uint8Array.from(bytes.length > bytesMax ? bytes.slice(0, bytesMax) : bytes))
}

function isByte(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 255
}

/** A number; some versions of systemd write the user's name behind it (`811,root`). */
export function integer(value: JsonValue | undefined): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined
  if (typeof value !== 'string' || value === '' || value.length > 64) return undefined
  const comma = value.indexOf(',')
  const number = Number(comma < 0 ? value : value.slice(0, comma))
  return Number.isSafeInteger(number) ? number : undefined
}
