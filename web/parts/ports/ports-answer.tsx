/** What the analyzer proposes: the verdict, the picture, the rules, who was served by what evidence, and what is wrong with the rules that are there. */

import { useState } from 'react'
import { Badge, Button, Notice } from '../controls.tsx'
import { CopyButton } from '../copy-button.tsx'
import { count, minute, plural } from '../format.ts'
import { StoredText } from '../stored-text.tsx'
import { ViewSwitch } from '../view-switch.tsx'
import { type Analysis, type PrintedForm, portsOf, printedForms } from './analysis.ts'
import { PortsPicture } from './ports-picture.tsx'

const evidenceWords: Readonly<Record<string, string>> = {
  flags: 'TCP flags',
  sensor: 'the sensor saw who began',
  same: 'flags of its other connections',
  'fan-in': 'many clients, one port',
  known: 'a known service',
  ephemeral: 'the other port is ephemeral',
  first: 'who was seen first',
  guess: 'a guess: the lower port'
}

const findingWords: Readonly<Record<string, readonly [string, string]>> = {
  breaks: ['red', 'Used, and no rule lets it in'],
  unused: ['amber', 'Open but unused'],
  'too-wide': ['amber', 'Too wide'],
  duplicate: ['slate', 'Let in twice'],
  mergeable: ['slate', 'Could be one rule'],
  'same-groups': ['slate', 'Could be one group'],
  'not-judged': ['blue', 'Not judged']
}

export function PortsAnswer({
  analysis,
  maxRules,
  onLimits
}: {
  analysis: Analysis
  maxRules: number
  onLimits: (limits: { maxRules?: number; maxOpenPorts?: number }) => void
}) {
  const { observed } = analysis
  if (observed.records === 0)
    return (
      <Notice mood="info">
        No flow matches: nothing with two addresses and a protocol was stored in this time. Import flow logs, or choose
        another time or query.
      </Notice>
    )
  return (
    <div className="grid min-w-0 gap-4">
      <Verdict analysis={analysis} maxRules={maxRules} onLimits={onLimits} />
      <PortsPicture analysis={analysis} />
      {analysis.rules !== undefined && <Rules analysis={analysis} />}
      {analysis.existing !== undefined && <Findings of={analysis.existing} less={analysis.less} />}
      <Served analysis={analysis} />
      {analysis.printed !== undefined && <Printed of={analysis.printed} />}
    </div>
  )
}

function Verdict({
  analysis: { feasible, suggestion, rules = [], proof, extraPorts = {}, observed },
  maxRules,
  onLimits
}: {
  analysis: Analysis
  maxRules: number
  onLimits: (limits: { maxRules?: number; maxOpenPorts?: number }) => void
}) {
  if (!feasible) {
    const { message, maxRules: more, maxOpenPorts: wider } = suggestion ?? { message: 'There is no such opening.' }
    return (
      <Notice
        mood="warn"
        action={
          <div className="flex flex-wrap gap-2">
            {more !== undefined && (
              <Button small onClick={() => onLimits({ maxRules: more })}>
                Allow {plural(more, 'rule')}
              </Button>
            )}
            {wider !== undefined && (
              <Button small onClick={() => onLimits({ maxOpenPorts: wider })}>
                Allow {plural(wider, 'unused port')} in a range
              </Button>
            )}
          </div>
        }
      >
        {message}
      </Notice>
    )
  }
  const broken = proof?.broken.reduce((sum, one) => sum + one.conversations, 0) ?? 0
  const unused = Object.values(extraPorts).reduce((sum, ports) => sum + ports.length, 0)
  const time =
    observed.from === undefined || observed.to === undefined
      ? ''
      : `, ${minute(Date.parse(observed.from))} to ${minute(Date.parse(observed.to))}`
  return (
    <Notice mood={broken === 0 ? 'good' : 'danger'}>
      <b>
        {count(rules.length)} of {plural(maxRules, 'rule')}.
      </b>{' '}
      {plural(proof?.conversations ?? 0, 'connection')} ({plural(proof?.records ?? 0, 'record')}
      {time}) replayed: <b>{broken === 0 ? 'none would be stopped' : `${count(broken)} would be stopped`}</b>.{' '}
      {unused === 0 ? 'Nothing is open that nobody used.' : `${plural(unused, 'port')} that nobody used stay open.`}
    </Notice>
  )
}

function Rules({ analysis: { rules = [], extraPorts = {} } }: { analysis: Analysis }) {
  return (
    <Table label="Proposed rules" title="Proposed rules" head={['Ports', 'From', 'Why', 'Nobody used']}>
      {rules.map(rule => {
        const unused = (extraPorts[rule.protocol] ?? []).filter(
          port => port >= (rule.from ?? 0) && port <= (rule.to ?? 0)
        )
        return (
          <tr key={`${rule.protocol} ${rule.from} ${rule.to} ${rule.source}`} className={rowClass}>
            <td className="num whitespace-nowrap font-medium">{portsOf(rule)}</td>
            <td className="num">{rule.source}</td>
            <td className="text-soft">
              <StoredText text={rule.reason ?? ''} max={200} />
            </td>
            <td className="num text-muted">{unused.length === 0 ? '' : count(unused.length)}</td>
          </tr>
        )
      })}
    </Table>
  )
}

function Findings({ of, less }: { of: NonNullable<Analysis['existing']>; less: readonly string[] }) {
  if (of.length === 0) return <Notice mood="good">There is nothing to say against the rules that are there.</Notice>
  const order = Object.keys(findingWords)
  const sorted = of.toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))
  return (
    <Table
      label="The rules that are there"
      title="The rules that are there"
      note={less.length === 0 ? '' : `Of ${plural(less.length, 'rule')} less is left, or nothing, with the proposal.`}
      head={['Finding', 'Group', 'What']}
    >
      {sorted.slice(0, 500).map(({ kind, group, text }) => (
        <tr key={`${kind} ${group} ${text}`} className={rowClass}>
          <td className="whitespace-nowrap">
            <Badge tone={findingWords[kind]?.[0] ?? 'slate'}>{findingWords[kind]?.[1] ?? kind}</Badge>
          </td>
          <td className="num">
            <StoredText text={group ?? ''} max={80} />
          </td>
          <td>
            <StoredText text={text} max={400} />
          </td>
        </tr>
      ))}
    </Table>
  )
}

function Served({ analysis: { observed } }: { analysis: Analysis }) {
  const { services, refused } = observed
  const more = services.length - 500
  return (
    <Table
      label="What was served"
      title="What was served, and how we know"
      note={
        (more > 0 ? `${count(more)} more are in the proposal, not in this list. ` : '') +
        (refused.length === 0
          ? ''
          : `Left out, as the machine itself refused: ${refused
              .slice(0, 12)
              .map(({ protocol, port }) => `${protocol} ${port}`)
              .join(', ')}${refused.length > 12 ? ` and ${refused.length - 12} more` : ''}.`)
      }
      head={['Service', 'Connections', 'Clients', 'Evidence']}
    >
      {services.slice(0, 500).map(service => (
        <tr key={`${service.protocol} ${service.port}`} className={rowClass}>
          <td className="whitespace-nowrap">
            <span className="num font-medium">
              {service.protocol} {service.port}
            </span>{' '}
            <span className="text-soft">{service.name}</span>
          </td>
          <td className="num text-right">{count(service.conversations)}</td>
          <td className="num text-right">{count(service.clients)}</td>
          <td className="text-soft">
            {Object.entries(service.evidence)
              .map(([kind, number]) => `${evidenceWords[kind] ?? kind} (${count(number)})`)
              .join(', ')}
            {service.answered === 0 && ' · no answer was logged'}{' '}
            {service.evidence['guess'] !== undefined && <Badge tone="amber">look at it</Badge>}
          </td>
        </tr>
      ))}
    </Table>
  )
}

const formNames: Readonly<Record<PrintedForm, readonly [string, string]>> = {
  aws: ['AWS CLI', 'rules.sh'],
  terraform: ['Terraform', 'rules.tf'],
  cloudformation: ['CloudFormation', 'rules.json'],
  nftables: ['nftables', 'rules.nft']
}

function Printed({ of }: { of: Record<PrintedForm, string> }) {
  const [form, setForm] = useState<PrintedForm>('aws')
  const text = of[form]
  const save = () => {
    const link = document.createElement('a')
    link.href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
    link.download = formNames[form][1]
    link.click()
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
  }
  return (
    <section aria-label="Put it in force" className="panel min-w-0 px-4 py-3">
      <div className="mb-2 flex flex-wrap items-center gap-x-4 gap-y-2">
        <h2 className="font-semibold">Put it in force</h2>
        <ViewSwitch
          label="Form of the rules"
          options={printedForms.map(each => [each, formNames[each][0]] as const)}
          value={form}
          onChange={setForm}
        />
        <span className="ml-auto flex gap-2">
          <CopyButton text={() => text} label="Copy" shown="Copy" className="text-soft hover:text-ink" />
          <Button small icon="download" onClick={save}>
            Save
          </Button>
        </span>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be reached by the keyboard */}
      <pre tabIndex={0} className="max-h-96 overflow-auto rounded-lg bg-sunken p-3 text-xs">
        {text}
      </pre>
      <p className="mt-2 text-muted text-xs">
        Read them first. Rules that name groups or prefix lists are left as they are.
      </p>
    </section>
  )
}

const rowClass = 'border-line border-t hover:bg-hover [&>td]:px-4 [&>td]:py-1.5'

function Table({
  label,
  title,
  note = '',
  head,
  children
}: {
  label: string
  title: string
  note?: string
  head: readonly string[]
  children: React.ReactNode
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be reached by the keyboard
    <section tabIndex={0} aria-label={label} className="panel max-h-120 overflow-auto">
      <h2 className="px-4 pt-3 font-semibold">{title}</h2>
      {note !== '' && <p className="px-4 pt-1 text-muted">{note}</p>}
      <table className="w-full min-w-[560px]">
        <thead>
          <tr className="text-left text-muted text-xs [&>th]:px-4 [&>th]:py-2 [&>th]:font-normal">
            {head.map(name => (
              <th key={name} scope="col" className={name === 'Connections' || name === 'Clients' ? 'text-right' : ''}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  )
}
