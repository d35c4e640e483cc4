/**
 * How severe an alert is: what the rule says × what is at stake × what is known of the other side.
 *
 * | | steps |
 * |---|---|
 * | the rule's level | the beginning |
 * | the most critical asset among what the alert names | low −1, normal 0, high +1, critical +2 |
 * | an indicator of threat intelligence that hit the same entity, of level medium or higher | +1 |
 *
 * A rule of level `informational` is context and no alarm: assets do not move it. Never below informational, nor above critical. What a
 * person sets by hand stands above all of this.
 */

import { type Level, levels } from '../core/detection.ts'

export const criticalities = ['low', 'normal', 'high', 'critical'] as const
export type Criticality = (typeof criticalities)[number]

export type SeverityInput = {
  readonly level: Level
  readonly asset?: { readonly name: string; readonly criticality: Criticality } | undefined
  /** The level of the worst indicator that hit the same entity. */
  readonly intel?: Level | undefined
  readonly byHand?: { readonly severity: Level; readonly by: string } | undefined
}

const assetSteps: Readonly<Record<Criticality, number>> = { low: -1, normal: 0, high: 1, critical: 2 }

export function severityOf({ level, asset, intel, byHand }: SeverityInput): { severity: Level; why: string[] } {
  const why = [`the rule says ${level}`]
  let rank = levels.indexOf(level)
  const move = (steps: number, reason: string): void => {
    const next = Math.min(levels.length - 1, Math.max(0, rank + steps))
    if (next === rank) return
    why.push(`${next > rank ? 'raised' : 'lowered'} to ${levels[next]}: ${reason}`)
    rank = next
  }
  if (asset !== undefined && level !== 'informational')
    move(assetSteps[asset.criticality], `${asset.name} is an asset of ${asset.criticality} criticality`)
  if (intel !== undefined && levels.indexOf(intel) >= levels.indexOf('medium'))
    move(1, `an indicator of level ${intel} hit the same entity`)
  if (byHand !== undefined) {
    why.push(`set to ${byHand.severity} by ${byHand.by}`)
    return { severity: byHand.severity, why }
  }
  return { severity: levels[rank]!, why }
}
