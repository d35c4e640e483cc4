/**
 * CloudTrail's digest files (one JSON object an hour, which lists the log files delivered and their hashes) to an ECS event.
 *
 * Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
 */

import { text, textOf } from '../../core/ecs-values.ts'
import type { JsonObject, JsonValue, Parsed } from '../../core/parser.ts'
import { isoMs, parseIso } from '../../core/time.ts'
import { present, putNew, snakeKeys } from './leaves.ts'

export function isDigest(json: JsonObject): boolean {
  return (
    json['digestStartTime'] !== undefined || json['digestEndTime'] !== undefined || json['digestS3Object'] !== undefined
  )
}

/** S3's longest key. */
const pathMax = 1024

const mapped = new Set([
  'awsAccountId',
  'digestS3Object',
  'digestStartTime',
  'digestEndTime',
  'digestS3Bucket',
  'newestEventTime',
  'oldestEventTime',
  'previousDigestS3Bucket',
  'previousDigestHashAlgorithm',
  'previousDigestSignature',
  'publicKeyFingerprint',
  'digestPublicKeyFingerprint',
  'digestSignatureAlgorithm',
  'previousDigestS3Object',
  'previousDigestHashValue',
  'logFiles'
])

export function digestEvent(json: JsonObject): Parsed {
  const endText = text(json['digestEndTime'])
  const timeUs = endText === undefined ? undefined : parseIso(endText)
  const path = text(json['digestS3Object'])
  const bucket = text(json['digestS3Bucket'])
  const algorithm = text(json['previousDigestHashAlgorithm'])
  const signature = text(json['previousDigestSignature'])
  const hash = algorithm === 'SHA-256' ? signature : undefined
  const digest: Record<string, unknown> = {
    start_time: time(json['digestStartTime']),
    end_time: time(json['digestEndTime']),
    newest_event_time: time(json['newestEventTime']),
    oldest_event_time: time(json['oldestEventTime']),
    s3_bucket: present(json['digestS3Bucket']),
    previous_s3_bucket: present(json['previousDigestS3Bucket']),
    previous_s3_object: present(json['previousDigestS3Object']),
    previous_hash_algorithm: present(json['previousDigestHashAlgorithm']),
    previous_hash_value: present(json['previousDigestHashValue']),
    previous_signature: hash === undefined ? present(json['previousDigestSignature']) : undefined,
    public_key_fingerprint: present(json['publicKeyFingerprint'] ?? json['digestPublicKeyFingerprint']),
    signature_algorithm: present(json['digestSignatureAlgorithm']),
    s3_object: path === undefined ? present(json['digestS3Object']) : undefined,
    log_files: present(json['logFiles'])
  }
  for (const key of Object.keys(json)) {
    if (mapped.has(key)) continue
    const value = present(json[key])
    if (value !== undefined) putNew(digest, key, snakeKeys(value))
  }
  return {
    ok: true,
    timeUs,
    kind: 'digest',
    identity: path === undefined || path.length > pathMax ? undefined : `${bucket?.slice(0, 63) ?? ''}/${path}`,
    event: {
      '@timestamp': timeUs === undefined ? undefined : isoMs(timeUs),
      event: { module: 'aws', dataset: 'aws.cloudtrail', kind: 'event', type: ['info'], outcome: 'success' },
      cloud: { provider: 'aws', account: { id: textOf(json['awsAccountId']) } },
      file: { path, hash: { sha256: hash } },
      related: { hash: hash === undefined ? undefined : [hash] },
      aws: { cloudtrail: { flattened: { digest } } }
    }
  }
}

/** An ISO time in the form of documents; anything else as it is. */
export function time(value: JsonValue | undefined): JsonValue | undefined {
  const us = typeof value === 'string' ? parseIso(value) : undefined
  return us === undefined ? present(value) : isoMs(us)
}
