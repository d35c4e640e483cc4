/**
 * What a message of a queue says about objects of S3. Pure. Read are:
 *   S3:          { Records: [ { eventSource: "aws:s3", eventName: "ObjectCreated:Put", s3: { bucket: { name }, object: { key, size, versionId } } } ] }
 *   S3's test:   { Service: "Amazon S3", Event: "s3:TestEvent", Bucket }
 *   EventBridge: { source: "aws.s3", "detail-type": "Object Created", detail: { bucket: { name }, object: { key, size, "version-id" } } }
 *   CloudTrail:  { s3Bucket, s3ObjectKey: [ key ] }
 *   SNS:         { Type: "Notification", Message: "…" }, with any of these within
 * Keys of S3 are URL-encoded, with + for a space; those of EventBridge and CloudTrail are as they are.
 */

export type NamedObject = {
  readonly bucket: string
  readonly key: string
  readonly sizeBytes: number | undefined
  readonly version: string | undefined
}

export type Notification =
  | { readonly ok: true; readonly objects: readonly NamedObject[]; readonly ignored: number }
  | { readonly ok: false; readonly reason: string }

type Json = Readonly<Record<string, unknown>>

const layersMax = 3
const objectsMax = 1_000

export function readNotification(body: string): Notification {
  let value: unknown = body
  for (let layer = 0; layer <= layersMax; layer++) {
    if (typeof value === 'string') {
      try {
        value = JSON.parse(value)
      } catch {
        return wrong('it is no JSON')
      }
    }
    if (!isObject(value)) return wrong('it is no JSON object')
    if (value['Type'] === 'SubscriptionConfirmation' || value['Type'] === 'UnsubscribeConfirmation')
      return wrong('it asks to confirm a subscription of SNS: confirm it there')
    // Raw delivery switched off: the message of an SNS topic is a text in an envelope.
    if (typeof value['Message'] === 'string' && (value['Type'] === 'Notification' || value['TopicArn'] !== undefined))
      value = value['Message']
    else return readEvent(value)
  }
  return wrong(`it is wrapped more than ${layersMax} times`)
}

function readEvent(json: Json): Notification {
  if (json['Event'] === 's3:TestEvent') return { ok: true, objects: [], ignored: 1 }
  if (Array.isArray(json['Records'])) return readRecords(json['Records'])
  if (json['source'] === 'aws.s3') return readBridge(json)
  const { s3Bucket, s3ObjectKey } = json
  if (typeof s3Bucket === 'string' && Array.isArray(s3ObjectKey)) {
    const objects = s3ObjectKey.map(key => named(s3Bucket, key, undefined, undefined))
    return objects.every(object => object !== undefined)
      ? bounded(objects, 0)
      : wrong('it names an object without a key')
  }
  return wrong('it is no notification of S3: neither Records, nor an event of EventBridge, nor s3ObjectKey')
}

function readRecords(records: readonly unknown[]): Notification {
  const objects: NamedObject[] = []
  let ignored = 0
  for (const record of records) {
    if (!isObject(record)) return wrong('one of its Records is no object')
    const event = record['eventName']
    const s3 = record['s3']
    if (typeof event !== 'string' || !isObject(s3)) return wrong('one of its Records is no event of S3')
    // Later versions of the notification write it without the prefix.
    if (!event.replace(/^s3:/, '').startsWith('ObjectCreated')) {
      ignored++
      continue
    }
    const object = isObject(s3['object']) ? s3['object'] : {}
    const bucket = isObject(s3['bucket']) ? s3['bucket']['name'] : undefined
    const key = typeof object['key'] === 'string' ? urlDecoded(object['key']) : undefined
    const found = named(bucket, key, object['size'], object['versionId'])
    if (found === undefined) return wrong('one of its Records names no bucket and key')
    objects.push(found)
  }
  return bounded(objects, ignored)
}

function readBridge(json: Json): Notification {
  if (json['detail-type'] !== 'Object Created') return { ok: true, objects: [], ignored: 1 }
  const detail = isObject(json['detail']) ? json['detail'] : {}
  const bucket = isObject(detail['bucket']) ? detail['bucket']['name'] : undefined
  const object = isObject(detail['object']) ? detail['object'] : {}
  const found = named(bucket, object['key'], object['size'], object['version-id'])
  return found === undefined ? wrong('the event names no bucket and key') : bounded([found], 0)
}

function bounded(objects: readonly NamedObject[], ignored: number): Notification {
  return objects.length > objectsMax
    ? wrong(`it names ${objects.length} objects (at most ${objectsMax})`)
    : { ok: true, objects, ignored }
}

function named(bucket: unknown, key: unknown, size: unknown, version: unknown): NamedObject | undefined {
  if (typeof bucket !== 'string' || typeof key !== 'string') return undefined
  if (bucket === '' || bucket.length > 255 || key === '' || Buffer.byteLength(key) > 1024) return undefined
  return {
    bucket,
    key,
    sizeBytes: typeof size === 'number' && size >= 0 ? size : undefined,
    version: typeof version === 'string' && version !== '' && version.length <= 1024 ? version : undefined
  }
}

function urlDecoded(key: string): string | undefined {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}

const wrong = (reason: string): Notification => ({
  ok: false,
  reason: `a message of the queue is not understood: ${reason}`
})

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
