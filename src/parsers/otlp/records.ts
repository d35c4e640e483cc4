/**
 * The log records of an OTLP document (`ExportLogsServiceRequest`, or one `ResourceLogs`), each with the resource and the scope that
 * they belong to (opentelemetry-proto, logs.proto; the JSON encoding of OTLP 1.x).
 *
 *   { "resourceLogs": [ { "resource": {…}, "scopeLogs": [ { "scope": {…}, "logRecords": [ {…} ] } ] } ] }
 *
 * `scopeLogs` was `instrumentationLibraryLogs` before 0.15.
 */

import type { JsonObject, JsonValue } from '../../core/parser.ts'
import { listOf } from './values.ts'

export type LogRecord = {
  readonly resource: JsonValue | undefined
  readonly resourceSchema: JsonValue | undefined
  readonly scope: JsonValue | undefined
  readonly record: JsonObject
}

export function isOtlpLogs(json: JsonObject): boolean {
  if (Array.isArray(json['resourceLogs'])) return listOf(json['resourceLogs']).some(isResourceLogs)
  return isResourceLogs(json)
}

function isResourceLogs(json: JsonObject): boolean {
  const scopes = json['scopeLogs'] ?? json['instrumentationLibraryLogs']
  return Array.isArray(scopes) && listOf(scopes).some(scope => Array.isArray(scope['logRecords']))
}

export function logRecords(json: JsonObject): LogRecord[] {
  const out: LogRecord[] = []
  const resources = Array.isArray(json['resourceLogs']) ? listOf(json['resourceLogs']) : [json]
  for (const logs of resources)
    for (const scoped of listOf(logs['scopeLogs'] ?? logs['instrumentationLibraryLogs']))
      for (const record of listOf(scoped['logRecords']))
        out.push({
          resource: logs['resource'],
          resourceSchema: logs['schemaUrl'],
          scope: scoped['scope'] ?? scoped['instrumentationLibrary'],
          record
        })
  return out
}

/** A document of OTLP's own shape that holds this record only. */
export function documentOf(one: LogRecord): JsonObject {
  const resource: { [key: string]: JsonValue } = {}
  if (one.resource !== undefined) resource['resource'] = one.resource
  if (one.resourceSchema !== undefined) resource['schemaUrl'] = one.resourceSchema
  const scoped: { [key: string]: JsonValue } = {}
  if (one.scope !== undefined) scoped['scope'] = one.scope
  scoped['logRecords'] = [one.record]
  resource['scopeLogs'] = [scoped]
  return { resourceLogs: [resource] }
}

/** The text before and after a record's own, in a document of OTLP's shape that holds this record only. */
export function aroundRecord({
  resource,
  resourceSchema,
  scope
}: Omit<LogRecord, 'record'>): readonly [string, string] {
  const part = (name: string, value: JsonValue | undefined): string =>
    value === undefined ? '' : `"${name}":${JSON.stringify(value)},`
  return [
    `{"resourceLogs":[{${part('resource', resource)}${part('schemaUrl', resourceSchema)}"scopeLogs":[{${part('scope', scope)}"logRecords":[`,
    ']}]}]}'
  ]
}
