/** A mail at a glance: who says to have sent it to whom, and each check with its reason. What failed comes first. */

import type { Document } from '../api.ts'
import { textAt, valuesAt } from './event-fields.ts'
import { Icon, type IconName } from './icons.tsx'
import { StoredText } from './stored-text.tsx'

type Result = 'fail' | 'unknown' | 'pass'
type Check = { readonly name: string; readonly result: Result; readonly reason: string }

const order: readonly Result[] = ['fail', 'unknown', 'pass']
const looks: Readonly<Record<Result, { icon: IconName; tone: string; word: string }>> = {
  fail: { icon: 'warning', tone: 'text-danger', word: 'failed' },
  unknown: { icon: 'minus', tone: 'text-muted', word: 'not known' },
  pass: { icon: 'check', tone: 'text-good', word: 'passed' }
}

/** `reply-to: fail: replies go to …`; what is not of that form is left out. */
export function checksOf(document: Document): Check[] {
  return valuesAt(document, 'picket.mail.checks')
    .flatMap(value => {
      const match = /^([a-z-]{1,30}): (pass|fail|unknown): (.*)$/s.exec(String(value))
      return match === null ? [] : [{ name: match[1]!, result: match[2] as Result, reason: match[3]! }]
    })
    .sort((a, b) => order.indexOf(a.result) - order.indexOf(b.result))
}

export function MailChecks({ document }: { document: Document }) {
  const checks = checksOf(document)
  if (checks.length === 0) return null
  const failed = checks.filter(({ result }) => result === 'fail').length
  const lines = (path: string): string => valuesAt(document, path).slice(0, 10).map(String).join(', ')
  const name = textAt(document, 'picket.mail.from.name')
  const from = textAt(document, 'email.from.address') ?? ''
  const head: readonly (readonly [string, string])[] = [
    ['From', name === undefined ? from : `${name} <${from}>`],
    ['To', lines('email.to.address') || lines('picket.mail.envelope.to')],
    ['Replies to', lines('email.reply_to.address')],
    ['Subject', textAt(document, 'email.subject') ?? ''],
    ['Attached', lines('email.attachments.file.name')]
  ]
  return (
    <section aria-label="Mail" className="mb-3 grid gap-2.5 rounded-lg border border-line bg-sunken/50 p-3">
      <dl className="grid gap-0.5">
        {head
          .filter(([, value]) => value !== '')
          .map(([title, value]) => (
            <div key={title} className="grid grid-cols-[84px_1fr] gap-x-2">
              <dt className="text-muted">{title}</dt>
              <dd className="wrap-anywhere min-w-0">
                <StoredText text={value} max={400} />
              </dd>
            </div>
          ))}
      </dl>
      <h3 className="font-medium text-soft text-xs">
        {failed === 0
          ? 'No check failed'
          : `${failed === 1 ? 'One check' : `${failed} checks`} of ${checks.length} failed`}
      </h3>
      <ul className="grid gap-1">
        {checks.map(({ name: check, result, reason }) => {
          const { icon, tone, word } = looks[result]
          return (
            <li key={check} className="grid grid-cols-[16px_118px_1fr] items-baseline gap-x-2">
              <span className={`translate-y-0.5 ${tone}`}>
                <Icon name={icon} className="size-3.5" />
                <span className="sr-only">{word}: </span>
              </span>
              <span className={`font-mono text-xs ${result === 'fail' ? 'font-medium text-ink' : 'text-soft'}`}>
                {check}
              </span>
              <span className={`wrap-anywhere min-w-0 ${result === 'fail' ? 'text-ink' : 'text-muted'}`}>
                <StoredText text={reason} max={500} />
              </span>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
