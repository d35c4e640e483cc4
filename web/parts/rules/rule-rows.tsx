/** The rules as rows, of which only the visible ones exist: there may be thousands. `j` and `k` move, `Space` on the switch turns. */

import { Link } from '@tanstack/react-router'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { useRef, useState } from 'react'
import { messageOf } from '../../api.ts'
import { Badge } from '../controls.tsx'
import { count, plural } from '../format.ts'
import { useKeys } from '../keys.ts'
import { StoredText } from '../stored-text.tsx'
import { sayDone } from '../triage/done-notice.tsx'
import { LevelMark } from '../triage/marks.tsx'
import { useTopOf, useWantedRow } from '../window-rows.ts'
import { coverageNames } from './coverage-bar.tsx'
import { type Coverage, decideRule, logsourceText, originNames, type RuleCoverage, type RuleLine } from './rules.ts'
import { Switch } from './switch.tsx'

const grid =
  'grid items-center gap-x-3 px-3 grid-cols-[minmax(0,1fr)_44px] lg:grid-cols-[84px_minmax(0,1fr)_220px_120px_72px_44px]'

export function RuleRows({
  rules,
  coverage,
  mayChange,
  total
}: {
  rules: readonly RuleLine[]
  coverage: Coverage | undefined
  mayChange: boolean
  total: number
}) {
  const body = useRef<HTMLTableSectionElement>(null)
  const top = useTopOf(body)
  const [active, setActive] = useState<number | undefined>()
  const wanted = useWantedRow(body)
  const rows = useWindowVirtualizer({
    count: rules.length,
    estimateSize: () => 53,
    overscan: 10,
    scrollMargin: top,
    scrollPaddingStart: 100,
    scrollPaddingEnd: 80,
    getItemKey: at => rules[at]?.id ?? at
  })
  const move = (step: number) => {
    if (rules.length === 0) return
    const at = active === undefined ? 0 : Math.min(Math.max(active + step, 0), rules.length - 1)
    wanted.current = at
    setActive(at)
    rows.scrollToIndex(at, { align: 'auto' })
  }
  const turn = async (rule: RuleLine) => {
    try {
      await decideRule(rule.id, { enabled: !rule.enabled })
      sayDone({
        text: `“${rule.title}” is ${rule.enabled ? 'off' : 'on'}.`,
        undo: () => void decideRule(rule.id, { enabled: rule.enabled }).catch(sayFailed)
      })
    } catch (error) {
      sayFailed(error)
    }
  }
  const turnActive = () => {
    const rule = active === undefined ? undefined : rules[active]
    if (rule !== undefined && mayChange) void turn(rule)
  }
  useKeys({ j: () => move(1), k: () => move(-1), t: turnActive })
  return (
    <section aria-label="List of rules" className="panel">
      <p className="num border-line border-b px-3 py-2 text-soft" aria-live="polite">
        {rules.length === total ? plural(total, 'rule') : `${count(rules.length)} of ${plural(total, 'rule')}`}
        <span className="float-right text-muted text-xs max-md:hidden">
          <kbd>j</kbd> <kbd>k</kbd> move, <kbd>Enter</kbd> opens, <kbd>t</kbd> turns on or off
        </span>
      </p>
      <table aria-label="Rules" aria-rowcount={rules.length + 1} className="block w-full">
        <thead className="block max-lg:sr-only">
          <tr
            aria-rowindex={1}
            className={`${grid} border-line border-b py-1.5 text-left text-[11px] text-muted [&>th]:font-normal`}
          >
            <th scope="col">Level</th>
            <th scope="col">Rule</th>
            <th scope="col">Log source</th>
            <th scope="col">Coverage</th>
            <th scope="col">From</th>
            <th scope="col">On</th>
          </tr>
        </thead>
        <tbody ref={body} className="relative block" style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map(item => {
            const rule = rules[item.index]!
            return (
              <tr
                key={item.key}
                ref={rows.measureElement}
                data-index={item.index}
                aria-rowindex={item.index + 2}
                className={`${grid} absolute top-0 left-0 w-full border-line border-b py-2 hover:bg-hover has-[[data-row]:focus-visible]:bg-hover ${active === item.index ? 'shadow-[inset_3px_0_0_var(--color-accent)]' : ''}`}
                style={{ transform: `translateY(${item.start - rows.options.scrollMargin}px)` }}
              >
                <Cells
                  rule={rule}
                  at={item.index}
                  known={coverage?.get(rule.id) ?? firedOf(rule)}
                  onFocus={setActive}
                />
                <td className="relative z-1 flex justify-end">
                  <Switch
                    label={`${rule.title} is ${rule.enabled ? 'on' : 'off'}`}
                    isOn={rule.enabled}
                    disabled={!mayChange}
                    title={rule.why}
                    onChange={() => void turn(rule)}
                  />
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </section>
  )
}

/** While the coverage is not known, what has made alerts is. */
function firedOf({ fired }: RuleLine): RuleCoverage | undefined {
  return fired && { state: 'fired', missing: [], matches: fired.matches }
}

function sayFailed(error: unknown): void {
  sayDone({ text: messageOf(error), isFailure: true })
}

const tones: Readonly<Record<RuleCoverage['state'], string>> = {
  fired: 'blue',
  can: 'green',
  cannot: 'slate',
  unknown: 'slate'
}

function Cells({
  rule,
  at,
  known,
  onFocus
}: {
  rule: RuleLine
  at: number
  known: RuleCoverage | undefined
  onFocus: (at: number) => void
}) {
  const techniques = rule.tags.flatMap(tag => /^attack\.(t\d{4}(?:\.\d{3})?)$/i.exec(tag)?.[1]?.toUpperCase() ?? [])
  return (
    <>
      <td className="max-lg:hidden">
        <LevelMark level={rule.level} />
      </td>
      <td className="min-w-0">
        <Link
          to="/rules/$id"
          params={{ id: rule.id }}
          data-row={at}
          className={`block truncate font-medium after:absolute after:inset-0 focus-visible:outline-none after:focus-visible:outline-2 after:focus-visible:outline-accent after:focus-visible:-outline-offset-2 ${rule.enabled ? '' : 'text-soft'}`}
          onFocus={() => onFocus(at)}
        >
          <StoredText text={rule.title} max={200} />
        </Link>
        <span className="num flex min-w-0 items-center gap-2 text-muted text-xs">
          <span className="lg:hidden">
            <LevelMark level={rule.level} />
          </span>
          <span className="truncate">
            {[
              rule.kind === 'rule' ? '' : rule.kind,
              ...techniques.slice(0, 4),
              techniques.length === 0 ? rule.file.replace(/^.*\//, '') : '',
              rule.exceptions > 0 ? plural(rule.exceptions, 'exception') : '',
              rule.enabled ? '' : rule.why
            ]
              .filter(text => text !== '')
              .join(' · ')}
          </span>
        </span>
      </td>
      <td className="truncate text-soft text-xs max-lg:hidden">{logsourceText(rule.logsource)}</td>
      <td className="flex min-w-0 max-lg:hidden" title={known === undefined ? undefined : coverageTitle(known)}>
        {known !== undefined && (
          <Badge tone={tones[known.state]}>
            {known.state === 'fired' && known.matches !== undefined
              ? `fired ${count(known.matches)}`
              : coverageNames[known.state]}
          </Badge>
        )}
      </td>
      <td className="truncate text-soft text-xs max-lg:hidden">{originNames[rule.origin]}</td>
    </>
  )
}

function coverageTitle({ missing, why }: RuleCoverage): string {
  return why ?? (missing.length > 0 ? `Missing: ${missing.join(', ')}` : '')
}
