/** The time stamps of the Common Log Format, `[01/Aug/2019:00:24:41 +0000]` without the brackets, as S3 and API Gateway write them. */

import { daysFromCivil, parseZone } from '../../core/time.ts'

const months = 'JanFebMarAprMayJunJulAugSepOctNovDec'

const digit = (text: string, at: number): number => {
  const value = text.charCodeAt(at) - 48
  return value >= 0 && value <= 9 ? value : -10_000
}

const two = (text: string, at: number): number => digit(text, at) * 10 + digit(text, at + 1)

/** Microseconds since 1970; undefined if it is anything else. */
export function parseClf(text: string): number | undefined {
  if (text.length < 23 || text.length > 27 || text.charCodeAt(2) !== 47 || text.charCodeAt(6) !== 47) return undefined
  if (text.charCodeAt(11) !== 58 || text.charCodeAt(14) !== 58 || text.charCodeAt(17) !== 58) return undefined
  const month = months.indexOf(text.slice(3, 6))
  const day = two(text, 0)
  const year = two(text, 7) * 100 + two(text, 9)
  const hour = two(text, 12)
  const minute = two(text, 15)
  const second = two(text, 18)
  if (month < 0 || month % 3 !== 0 || day < 1 || day > 31 || year < 0) return undefined
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return undefined
  const zone = text.charCodeAt(20) === 32 ? parseZone(text, 21) : undefined
  if (zone === undefined) return undefined
  const days = daysFromCivil(year, month / 3 + 1, day)
  return (days * 86_400 + hour * 3600 + (minute - zone) * 60 + second) * 1_000_000
}
