/** Times as the programs write them. The text of a second is made once: lines come in bursts. */

const two = Array.from({ length: 100 }, (_, n) => String(n).padStart(2, '0'))
const three = Array.from({ length: 1000 }, (_, n) => String(n).padStart(3, '0'))
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

/** Remembers the last few seconds: a connection's lines lie near each other, not in one second. */
function bySecond(make: (second: number) => string): (ms: number) => string {
  const seconds = new Float64Array(256).fill(-1)
  const texts: string[] = new Array(256).fill('')
  return ms => {
    const second = Math.floor(ms / 1000)
    const slot = second & 255
    if (seconds[slot] !== second) {
      seconds[slot] = second
      texts[slot] = make(second)
    }
    return texts[slot]!
  }
}

const isoSecond = bySecond(second => new Date(second * 1000).toISOString().slice(0, 19))
const nginxSecond = bySecond(second => {
  const time = new Date(second * 1000)
  return `${two[time.getUTCDate()]}/${months[time.getUTCMonth()]}/${time.getUTCFullYear()}:${clock(time)}`
})

const clock = (time: Date): string =>
  `${two[time.getUTCHours()]}:${two[time.getUTCMinutes()]}:${two[time.getUTCSeconds()]}`

/** `123456`: the microseconds within the second. */
function micros(ms: number): string {
  const whole = Math.floor(ms)
  return three[((whole % 1000) + 1000) % 1000]! + three[Math.floor((ms - whole) * 1000)]!
}

/** `2026-11-21T09:30:00` */
export const toSecond = (ms: number): string => isoSecond(ms)
/** `2026-11-21T09:30:00.123456` */
export const toMicros = (ms: number): string => `${isoSecond(ms)}.${micros(ms)}`
/** `2026-11-21T09:30:00.123` */
export const toMillis = (ms: number): string => `${isoSecond(ms)}.${three[((Math.floor(ms) % 1000) + 1000) % 1000]}`
/** `21/Nov/2026:09:30:00 +0000` */
export const toNginx = (ms: number): string => `${nginxSecond(ms)} +0000`
/** `21-Nov-2026 09:30:00.123` */
export function toBind(ms: number): string {
  const time = new Date(ms)
  return `${two[time.getUTCDate()]}-${months[time.getUTCMonth()]}-${time.getUTCFullYear()} ${clock(time)}.${three[time.getUTCMilliseconds()]}`
}
/** `Sat, 21 Nov 2026 09:30:00 +0000` (RFC 5322, 3.3) */
export function toMail(ms: number): string {
  const time = new Date(ms)
  return `${days[time.getUTCDay()]}, ${time.getUTCDate()} ${months[time.getUTCMonth()]} ${time.getUTCFullYear()} ${clock(time)} +0000`
}
/** `Sat Nov 21 09:30:00 2026`, as mbox files separate mails (asctime). */
export function toMbox(ms: number): string {
  const time = new Date(ms)
  return `${days[time.getUTCDay()]} ${months[time.getUTCMonth()]} ${String(time.getUTCDate()).padStart(2)} ${clock(time)} ${time.getUTCFullYear()}`
}
