/**
 * Objects by the notifications in a queue of SQS. A message is deleted when everything that it names is durable; while it is in work its
 * visibility is extended; when an object cannot be read now, its message is given back to come again later.
 */

import type { Message, SQSClient } from '@aws-sdk/client-sqs'
import { messageOf } from '../../core/errors.ts'
import { awsFailure } from '../../platform/aws/failure.ts'
import type { PullContext } from '../pull/source.ts'
import { pause, type Trouble } from '../pull/trouble.ts'
import { type NamedObject, readNotification } from './notification.ts'
import { ObjectFailure } from './object-bytes.ts'
import type { Objects } from './objects.ts'

export type QueueOptions = {
  readonly client: SQSClient
  readonly url: string
  readonly visibilityMs: number
  /** Undefined: of objects elsewhere nothing is read. */
  readonly wants: (object: NamedObject) => boolean
  readonly objects: Objects
  readonly objectsMax: number
  readonly trouble: Trouble
  readonly context: PullContext
}

type Held = {
  readonly message: Message
  /** When its visibility is extended next. */
  extendMs: number
}

const longPollSeconds = 20
/** Receiving at once, while there is more than one gives. */
const receiversMax = 4
const deleteMs = 100
const countEveryMs = 60_000
const closeMs = 10_000
/** A message whose object cannot be read now comes again after so long, times how often it has come. */
const againMs = 30_000
const againMaxMs = 15 * 60_000

export class Queue {
  readonly #options: QueueOptions
  readonly #held = new Map<string, Held>()
  readonly #stop = new AbortController()
  #toDelete: string[] = []
  #deleting: Promise<void> = Promise.resolve()
  #deleteTimer: NodeJS.Timeout | undefined
  #receiving = 0
  #room: (() => void)[] = []
  readonly #running: Promise<void>
  #timer: NodeJS.Timeout
  messages = 0
  ignored = 0
  notUnderstood = 0
  waiting: number | undefined

  constructor(options: QueueOptions) {
    this.#options = options
    this.#running = this.#receive(true)
    this.#timer = setInterval(() => void this.#extend(), Math.max(500, options.visibilityMs / 6))
    void this.#count()
  }

  get held(): number {
    return this.#held.size
  }

  /** What is half read after ten seconds is left, and given back. */
  async close(): Promise<void> {
    this.#stop.abort()
    const timer = setTimeout(() => this.#options.objects.stop(), closeMs)
    await this.#running
    clearTimeout(timer)
    clearInterval(this.#timer)
    this.#flushDeletes()
    await this.#deleting
  }

  /** Receives until told to stop; resolves when what was received is settled. `isFirst`: the one that always runs. */
  async #receive(isFirst: boolean): Promise<void> {
    const { client, url, visibilityMs, trouble, objectsMax } = this.#options
    this.#receiving++
    const { ReceiveMessageCommand } = await import('@aws-sdk/client-sqs')
    const others: Promise<void>[] = []
    const under = new Set<Promise<void>>()
    while (!this.#stop.signal.aborted) {
      // Enough that no reader waits for the queue, and no message waits long for a reader.
      while (this.#held.size >= objectsMax * 3) await new Promise<void>(resolve => this.#room.push(resolve))
      if (this.#stop.signal.aborted) break
      let messages: readonly Message[]
      try {
        const answer = await client.send(
          new ReceiveMessageCommand({
            QueueUrl: url,
            MaxNumberOfMessages: 10,
            // Not none: then only some of the queue's servers are asked.
            WaitTimeSeconds: isFirst ? longPollSeconds : 1,
            VisibilityTimeout: Math.ceil(visibilityMs / 1000),
            MessageSystemAttributeNames: ['ApproximateReceiveCount']
          }),
          { abortSignal: this.#stop.signal }
        )
        messages = answer.Messages ?? []
        trouble.over('queue')
      } catch (error) {
        if (this.#stop.signal.aborted) break
        await pause(trouble.met('queue', awsFailure(error, `receive from ${url}`).message), this.#stop.signal)
        continue
      }
      const extendMs = performance.now() + visibilityMs / 2
      for (const message of messages) {
        const id = message.ReceiptHandle ?? ''
        this.messages++
        this.#held.set(id, { message, extendMs })
        const settled = this.#settle(message).finally(() => {
          this.#held.delete(id)
          under.delete(settled)
          for (const resolve of this.#room.splice(0)) resolve()
        })
        under.add(settled)
      }
      if (messages.length === 10 && isFirst) while (this.#receiving < receiversMax) others.push(this.#receive(false))
      if (messages.length < 10 && !isFirst) break
    }
    this.#receiving--
    await Promise.all([...under, ...others])
  }

  async #settle(message: Message): Promise<void> {
    const { objects, wants, trouble, url } = this.#options
    const body = message.Body ?? ''
    const id = message.ReceiptHandle ?? ''
    try {
      const read = readNotification(body)
      if (!read.ok) {
        this.notUnderstood++
        await objects.bury(`${url} ${message.MessageId ?? body}`, body, read.reason)
      } else {
        const wanted = read.objects.filter(wants)
        this.ignored += read.ignored + read.objects.length - wanted.length
        const results = await Promise.allSettled(wanted.map(object => objects.read(object)))
        for (const result of results) if (result.status === 'rejected') throw result.reason
        if (wanted.length > 0) trouble.over('object')
      }
      this.#delete(id)
    } catch (error) {
      if (objects.isStopped) {
        await this.#giveBack(id, 0)
        return
      }
      const reason = error instanceof ObjectFailure ? error.message : `cannot keep what was read: ${messageOf(error)}`
      trouble.met('object', reason)
      const times = Number(message.Attributes?.ApproximateReceiveCount ?? 1)
      await this.#giveBack(id, Math.min(againMaxMs, againMs * Math.max(1, times)))
    }
  }

  async #giveBack(id: string, afterMs: number): Promise<void> {
    const { client, url, visibilityMs } = this.#options
    const { ChangeMessageVisibilityCommand } = await import('@aws-sdk/client-sqs')
    const seconds = Math.round(Math.min(afterMs, visibilityMs * 3) / 1000)
    await client
      .send(new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle: id, VisibilityTimeout: seconds }))
      // It comes back by itself, later.
      .catch(() => {})
  }

  #delete(id: string): void {
    this.#toDelete.push(id)
    if (this.#toDelete.length >= 10) this.#flushDeletes()
    else this.#deleteTimer ??= setTimeout(() => this.#flushDeletes(), deleteMs)
  }

  #flushDeletes(): void {
    clearTimeout(this.#deleteTimer)
    this.#deleteTimer = undefined
    while (this.#toDelete.length > 0) {
      const ids = this.#toDelete.splice(0, 10)
      const before = this.#deleting
      this.#deleting = Promise.all([before, this.#sendDeletes(ids)]).then(() => {})
    }
  }

  /** What cannot be deleted comes again, and its records are duplicates then. */
  async #sendDeletes(ids: readonly string[]): Promise<void> {
    const { client, url, trouble } = this.#options
    const { DeleteMessageBatchCommand } = await import('@aws-sdk/client-sqs')
    try {
      const Entries = ids.map((ReceiptHandle, i) => ({ Id: String(i), ReceiptHandle }))
      await client.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries }))
      trouble.over('delete')
    } catch (error) {
      trouble.met('delete', awsFailure(error, `delete messages of ${url}`).message)
    }
  }

  async #extend(): Promise<void> {
    const { client, url, visibilityMs, trouble } = this.#options
    const now = performance.now()
    const due = [...this.#held].filter(([, held]) => held.extendMs <= now)
    if (due.length === 0) return
    const { ChangeMessageVisibilityBatchCommand } = await import('@aws-sdk/client-sqs')
    const VisibilityTimeout = Math.ceil(visibilityMs / 1000)
    for (let at = 0; at < due.length; at += 10) {
      const some = due.slice(at, at + 10)
      for (const [, held] of some) held.extendMs = now + visibilityMs / 2
      const Entries = some.map(([ReceiptHandle], i) => ({ Id: String(i), ReceiptHandle, VisibilityTimeout }))
      try {
        await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: url, Entries }))
        trouble.over('visibility')
      } catch (error) {
        trouble.met('visibility', awsFailure(error, `extend the visibility of messages of ${url}`).message)
      }
    }
  }

  /** How many messages wait. Who may not ask is not told. */
  async #count(): Promise<void> {
    const { client, url } = this.#options
    const { GetQueueAttributesCommand } = await import('@aws-sdk/client-sqs')
    while (!this.#stop.signal.aborted) {
      try {
        const { Attributes } = await client.send(
          new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['ApproximateNumberOfMessages'] }),
          { abortSignal: this.#stop.signal }
        )
        this.waiting = Number(Attributes?.ApproximateNumberOfMessages ?? 0)
      } catch {
        this.waiting = undefined
      }
      await pause(countEveryMs, this.#stop.signal)
    }
  }
}
