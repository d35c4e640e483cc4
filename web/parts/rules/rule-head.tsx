/** The head of one rule: its title, whether it is on and how loud, whether it can fire here, and what it is about. */

import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { messageOf } from '../../api.ts'
import { Badge, buttonClass } from '../controls.tsx'
import { plural } from '../format.ts'
import { Icon } from '../icons.tsx'
import { StoredBlock, StoredText } from '../stored-text.tsx'
import { type Level, levels } from '../triage/alerts.ts'
import { AttackTags } from '../triage/attack-tags.tsx'
import { sayDone } from '../triage/done-notice.tsx'
import { LevelMark } from '../triage/marks.tsx'
import { coverageNames } from './coverage-bar.tsx'
import { coverageQuery, decideRule, logsourceText, originNames, type RuleDetail } from './rules.ts'
import { Switch } from './switch.tsx'

export function RuleHead({ rule, mayChange }: { rule: RuleDetail; mayChange: boolean }) {
  const [busy, setBusy] = useState(false)
  const decide = async (decision: Parameters<typeof decideRule>[1], text: string) => {
    setBusy(true)
    try {
      await decideRule(rule.id, decision)
      sayDone({ text })
    } catch (error) {
      sayDone({ text: messageOf(error), isFailure: true })
    } finally {
      setBusy(false)
    }
  }
  const source = logsourceText(rule.logsource)
  return (
    <header className="panel mt-1 mb-4 grid gap-3 px-4 py-3">
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="grid min-w-0 flex-1 basis-96 gap-1">
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <LevelMark level={rule.level} />
            <Badge tone="slate">{originNames[rule.origin]}</Badge>
            {rule.kind !== 'rule' && <Badge tone="violet">{rule.kind}</Badge>}
            {rule.status !== undefined && <span className="text-muted text-xs">{rule.status}</span>}
            {source !== '' && <span className="text-muted text-xs">{source}</span>}
          </div>
          <h1 className="wrap-anywhere font-semibold text-lg leading-snug tracking-tight">
            <StoredText text={rule.title} />
          </h1>
          {rule.description !== undefined && (
            <div className="max-w-prose text-soft">
              <StoredBlock text={rule.description} max={600} />
            </div>
          )}
        </div>
        <div className="grid gap-2">
          <div className="flex items-center gap-2.5">
            <Switch
              label="The rule is on"
              isOn={rule.enabled}
              disabled={!mayChange || busy}
              onChange={() =>
                void decide({ enabled: !rule.enabled }, rule.enabled ? 'The rule is off.' : 'The rule is on.')
              }
            />
            <span className="font-medium">{rule.enabled ? 'On' : 'Off'}</span>
            <span className="text-muted text-xs">{rule.why}</span>
          </div>
          <label className="flex items-center gap-2 text-soft">
            Level
            <select
              value={rule.level === rule.ownLevel ? 'own' : rule.level}
              disabled={!mayChange || busy}
              className="h-8 rounded-lg border border-control/60 bg-raised px-2 text-ink disabled:opacity-60"
              onChange={event => void decide({ level: event.target.value as Level | 'own' }, 'The level is changed.')}
            >
              <option value="own">{rule.ownLevel} (its own)</option>
              {levels
                .filter(level => level !== rule.ownLevel)
                .map(level => (
                  <option key={level} value={level}>
                    {level}
                  </option>
                ))}
            </select>
          </label>
          <Link to="/alerts" search={{ rule: rule.id, state: 'all' }} className={buttonClass('plain', true)}>
            <Icon name="bell" className="size-3.5" /> Its alerts
          </Link>
        </div>
      </div>
      <AttackTags attack={rule.attack ?? []} tags={rule.tags} />
      <CoverageLine rule={rule} />
    </header>
  )
}

function CoverageLine({ rule }: { rule: RuleDetail }) {
  const known = useQuery(coverageQuery).data?.get(rule.id)
  if (known === undefined || known.state === 'unknown') return null
  const look = { fired: 'text-accent', can: 'text-good', cannot: 'text-warn' }[known.state]
  return (
    <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
      <span className={`inline-flex items-center gap-1.5 font-medium ${look}`}>
        <Icon name={known.state === 'cannot' ? 'warning' : 'check'} className="size-3.5" />
        {known.state === 'fired' ? 'Has fired here' : `It ${coverageNames[known.state]} here`}
      </span>
      {known.matches !== undefined && known.state === 'fired' && (
        <span className="text-soft">{plural(known.matches, 'match', 'matches')}</span>
      )}
      {known.why !== undefined && <span className="text-soft">{known.why}</span>}
      {known.missing.length > 0 && (
        <span className="text-soft">
          Never seen: <code className="text-xs">{known.missing.join(', ')}</code>
        </span>
      )}
    </p>
  )
}
