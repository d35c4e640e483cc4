/** Events as Beats send them, for benches of intake: a batch of JSON whose times and numbers are written anew before each sending. */

const messages = [
  'Accepted publickey for deploy from 10.1.4.17 port 51234 ssh2: ED25519 SHA256:2j4kFh3mV8Qe7tYpB0sLrW5xZcNaUoIiGdT6vRqK1Mw',
  'Failed password for invalid user admin from 203.0.113.77 port 40022 ssh2',
  'pam_unix(sshd:session): session opened for user deploy(uid=1001) by (uid=0)',
  'Received disconnect from 203.0.113.77 port 40022:11: Bye Bye [preauth]',
  'Connection closed by authenticating user root 198.51.100.9 port 33110 [preauth]'
]

/** The number's digits, and the time's text, are the same length in every event. */
const digits = 10

export type EventBatch = {
  readonly bytes: Buffer
  /** Where each event is. */
  readonly places: readonly { readonly start: number; readonly end: number }[]
  /** Writes the time and the numbers from `first` on. */
  renew(first: number): void
}

/** A line of a log file with Filebeat's envelope. */
export function beatsEvent(i: number): string {
  const host = `web-${i % 40}`
  return `{"@timestamp":"2026-01-01T00:00:00.000Z","agent":{"type":"filebeat","version":"9.0.0","id":"2b0f2f3e-6f5c-4f5e-9f0e-0d9c5a6d7e8f","ephemeral_id":"7d1c5b1e-3f2a-4b6c-8d9e-0f1a2b3c4d5e"},"log":{"file":{"path":"/var/log/auth.log"},"offset":${'1'.padEnd(digits, '0')}},"message":"2026-01-01T00:00:00.000Z ${host} sshd[4242]: ${messages[i % messages.length]}","host":{"name":"${host}"},"input":{"type":"filestream"},"ecs":{"version":"8.0.0"}}`
}

/** What a program says of itself. */
export function plainEvent(i: number): string {
  return `{"@timestamp":"2026-01-01T00:00:00.000Z","level":"info","service":"shop","offset":${'1'.padEnd(digits, '0')},"message":"order ${i} of customer ${i % 977} was shipped","user":{"id":${i % 50},"name":"alice"},"duration_ms":${i % 900}}`
}

/** `before(i)`: what stands before each event, `after` behind it. */
export function eventBatch(
  events: number,
  before: (length: number, i: number) => Buffer,
  after: string,
  eventOf = beatsEvent
): EventBatch {
  const parts: Buffer[] = []
  const places: { start: number; end: number; time: number; said: number; number: number }[] = []
  let at = 0
  for (let i = 0; i < events; i++) {
    const event = Buffer.from(eventOf(i))
    const head = before(event.length, i)
    const start = at + head.length
    places.push({
      start,
      end: start + event.length,
      time: start + event.indexOf('2026-'),
      said: start + event.lastIndexOf('2026-'),
      number: start + event.indexOf('"offset":1') + 10
    })
    parts.push(head, event, Buffer.from(after))
    at = start + event.length + after.length
  }
  const bytes = Buffer.concat(parts)
  return {
    bytes,
    places,
    renew(first) {
      const time = new Date().toISOString()
      for (const [i, place] of places.entries()) {
        bytes.write(time, place.time, 'latin1')
        bytes.write(time, place.said, 'latin1')
        bytes.write(String(first + i).padStart(digits - 1, '0'), place.number, 'latin1')
      }
    }
  }
}
