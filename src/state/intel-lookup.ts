/** Which indicators mean a value? Of a name also those of the domains above it, of an address those of the networks around it. */

import { networksAround } from '../intel/allow-list.ts'
import { type IndicatorType, indicatorTypes } from '../intel/indicator.ts'
import { recogniseValue } from '../intel/normalise.ts'
import { parsePattern } from '../intel/stix/parse-pattern.ts'
import type { Intel } from './intel.ts'
import { indicatorsOf, type StoredIndicator } from './intel-indicators.ts'

/** What somebody asks for, in its normal form; without a type where it is a word that may be anything. */
export function askedValue(given: string): { readonly type?: IndicatorType; readonly value: string } {
  const found = recogniseValue(given)
  if (found !== undefined) return { type: found.type, value: found.value }
  const text = given.trim()
  // Patterns tell letter cases apart.
  return /^[[(]/.test(text) && parsePattern(text).ok ? { type: 'pattern', value: text } : { value: text.toLowerCase() }
}

/** The value in its normal form; `type` undefined: whatever it is. */
export function knownIndicators(intel: Intel, type: IndicatorType | undefined, value: string): StoredIndicator[] {
  if (type === 'ip')
    return [
      ...indicatorsOf(intel, 'ip', value),
      ...networksAround(value).flatMap(network => indicatorsOf(intel, 'cidr', network))
    ]
  if (type === 'domain' || type === 'url' || type === 'email') {
    const host =
      type === 'domain' ? value : type === 'url' ? (URL.parse(value)?.hostname ?? '') : value.split('@').at(-1)!
    const labels = host.split('.')
    const names = labels.slice(0, 20).flatMap((_, at) => (at < labels.length - 1 ? [labels.slice(at).join('.')] : []))
    return [
      ...(type === 'domain' ? [] : indicatorsOf(intel, type, value)),
      ...names.flatMap(name => indicatorsOf(intel, 'domain', name))
    ]
  }
  return (type === undefined ? indicatorTypes : md5Like(type)).flatMap(each => indicatorsOf(intel, each, value))
}

/** The same text may be either. */
function md5Like(type: IndicatorType): readonly IndicatorType[] {
  return type === 'md5' ? ['md5', 'ja3', 'ja3s'] : [type]
}
