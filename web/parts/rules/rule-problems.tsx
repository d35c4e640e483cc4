/** What is wrong with the files of rules: those that cannot be read are not in force. */

import { plural } from '../format.ts'
import { Icon } from '../icons.tsx'
import { StoredText } from '../stored-text.tsx'
import type { Diagnostic } from './rules.ts'

const shownMax = 200

export function RuleProblems({ problems }: { problems: readonly Diagnostic[] }) {
  if (problems.length === 0) return null
  const errors = problems.filter(({ severity }) => severity === 'error').length
  return (
    <details
      className={`group rounded-lg border px-3.5 py-2.5 ${errors > 0 ? 'border-danger/35 bg-danger-soft' : 'border-warn/35 bg-warn-soft'}`}
    >
      <summary className="flex list-none items-center gap-2.5 [&::-webkit-details-marker]:hidden">
        <span className={errors > 0 ? 'text-danger' : 'text-warn'}>
          <Icon name="warning" />
        </span>
        {errors > 0
          ? `${plural(errors, 'mistake')} in files of rules: what stands there is not in force`
          : `${plural(problems.length, 'remark')} on the files of rules`}
        <Icon name="chevron" className="ml-auto size-3 text-muted transition-transform group-open:rotate-90" />
      </summary>
      <ul className="mt-2 grid max-h-80 gap-1.5 overflow-auto">
        {problems.slice(0, shownMax).map(problem => (
          <li key={`${problem.file} ${problem.line} ${problem.message}`} className="wrap-anywhere">
            <code className="text-xs">
              {problem.file}:{problem.line}:{problem.column}
            </code>{' '}
            <StoredText text={problem.message} max={500} />
            {problem.suggestion !== undefined && <span className="text-soft"> {problem.suggestion}</span>}
          </li>
        ))}
        {problems.length > shownMax && <li className="text-muted">and {problems.length - shownMax} more</li>}
      </ul>
    </details>
  )
}
