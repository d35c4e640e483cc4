/** What a rule is about, by its tags: ATT&CK's tactics and techniques by their names, weaknesses, and others as they stand. */

import { Icon } from '../icons.tsx'
import { StoredText } from '../stored-text.tsx'
import type { Attack } from './alerts.ts'

const look = 'inline-flex max-w-full items-center gap-1.5 rounded-md border border-line bg-sunken px-2 py-0.5 text-xs'

export function AttackTags({ attack, tags }: { attack: readonly Attack[]; tags: readonly string[] }) {
  const others = [...new Set(tags)].filter(tag => !/^attack\./i.test(tag)).slice(0, 20)
  if (attack.length === 0 && others.length === 0) return null
  return (
    <ul aria-label="Tags" className="flex flex-wrap gap-1.5">
      {attack.slice(0, 30).map(({ id, name, url }) => (
        <li key={id} className="max-w-full">
          <a
            href={url}
            target="_blank"
            rel="noopener noreferrer"
            className={`${look} hover:border-accent hover:text-accent`}
          >
            <span className="num text-muted">{id}</span>
            <span className="truncate">{name}</span>
            <Icon name="out" className="size-3 text-muted" />
          </a>
        </li>
      ))}
      {others.map(tag => (
        <li key={tag} className={`${look} text-muted`}>
          <StoredText text={tag} max={80} />
        </li>
      ))}
    </ul>
  )
}
