/**
 * How many records are due after how long: a steady rate, a ramp, bursts, or the curve of a day. Each is an integral, so that what is late is made up
 * for and nothing drifts.
 *
 *   1000                      steady
 *   ramp:100..5000/60s        from 100 to 5,000 a second within 60 s, then steady
 *   burst:50..2000/5s/60s     50, and for the first 5 s of every 60 s 2,000
 *   daily:10..500             10 at 2 in the morning (UTC), 500 at 2 in the afternoon; daily:10..500/60s: a day of 60 s
 */

import { parseDuration } from '../core/measures.ts'

export type Rate = {
  readonly text: string
  /** Records due `ms` after the beginning. Never less than before. */
  readonly dueAt: (ms: number) => number
  /** The most and the mean, a second. */
  readonly peak: number
  readonly mean: number
}

const rateMax = 1e9
const dayMs = 86_400_000
const example = 'write it like 1000, ramp:100..5000/60s, burst:50..2000/5s/60s or daily:10..500'

export type ReadRate = { readonly ok: true; readonly rate: Rate } | { readonly ok: false; readonly message: string }

/** `startMs`: when the run begins, for the time of day. */
export function readRate(given: string | number, startMs: number): ReadRate {
  const text = String(given).trim()
  const bad = (why: string): ReadRate => ({ ok: false, message: `${why}; ${example}` })
  const steady = /^(\d+(?:\.\d+)?)(?:\/s)?$/.exec(text)
  if (steady !== null) {
    const rate = Number(steady[1])
    if (!(rate > 0 && rate <= rateMax)) return bad(`${text} is no rate from above 0 to ${rateMax}`)
    return { ok: true, rate: { text: `${rate}/s`, dueAt: ms => (ms / 1000) * rate, peak: rate, mean: rate } }
  }
  const shaped = /^(ramp|bursts?|daily):(\d+(?:\.\d+)?)\.\.(\d+(?:\.\d+)?)((?:\/[^/]+)*)$/.exec(text)
  if (shaped === null) return bad(`${text.slice(0, 60)} is no rate`)
  const [from, to] = [Number(shaped[2]), Number(shaped[3])]
  if (Math.max(from, to) > rateMax || Math.max(from, to) <= 0)
    return bad(`${text} is no rate from above 0 to ${rateMax}`)
  const times = shaped[4] === '' ? [] : shaped[4]!.slice(1).split('/').map(parseDuration)
  if (times.some(time => time === undefined || time <= 0)) return bad(`${text}: a duration is not understood`)
  if (shaped[1] === 'ramp') {
    if (times.length !== 1) return bad(`${text}: a ramp has one duration`)
    return { ok: true, rate: ramp(from, to, times[0]!, text) }
  }
  if (shaped[1] === 'daily') {
    if (times.length > 1) return bad(`${text}: a daily curve has one duration at most`)
    return { ok: true, rate: daily(from, to, times[0] ?? dayMs, times.length === 0 ? startMs : 0, text) }
  }
  const [length, every] = times
  if (length === undefined || every === undefined || length > every)
    return bad(`${text}: bursts have a length, and after how long they come again`)
  return { ok: true, rate: bursts(from, to, length, every, text) }
}

function ramp(from: number, to: number, overMs: number, text: string): Rate {
  const dueAt = (ms: number): number => {
    const within = Math.min(ms, overMs)
    return (within * from + ((to - from) * within * within) / (2 * overMs) + Math.max(0, ms - overMs) * to) / 1000
  }
  return { text, dueAt, peak: Math.max(from, to), mean: (from + to) / 2 }
}

function bursts(low: number, high: number, lengthMs: number, everyMs: number, text: string): Rate {
  const round = (lengthMs * high + (everyMs - lengthMs) * low) / 1000
  const dueAt = (ms: number): number => {
    const rounds = Math.floor(ms / everyMs)
    const rest = ms - rounds * everyMs
    return rounds * round + (Math.min(rest, lengthMs) * high + Math.max(0, rest - lengthMs) * low) / 1000
  }
  return { text, dueAt, peak: Math.max(low, high), mean: (round / everyMs) * 1000 }
}

/** A sine with its low at 2 in the morning of a day that lasts `longMs`. */
function daily(low: number, high: number, longMs: number, startMs: number, text: string): Rate {
  const angular = (2 * Math.PI) / longMs
  const phase = angular * ((startMs % longMs) - longMs / 12)
  const mean = (low + high) / 2
  const swing = (high - low) / 2
  const integral = (ms: number): number => mean * ms - (swing / angular) * Math.sin(angular * ms + phase)
  return { text, dueAt: ms => (integral(ms) - integral(0)) / 1000, peak: Math.max(low, high), mean }
}
