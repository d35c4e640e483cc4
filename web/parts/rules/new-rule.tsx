/** A rule of one's own, begun from an example. */

import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { sessionQuery } from '../../queries.ts'
import { PageHead } from '../controls.tsx'
import { RuleEditor } from './rule-text.tsx'

export function NewRule() {
  const mayChange = useQuery(sessionQuery).data?.scopes.includes('triage') ?? false
  const [start] = useState(() => example(crypto.randomUUID?.() ?? ''))
  return (
    <>
      <title>New rule · Picket</title>
      <div className="mt-2">
        <PageHead title="New rule">
          A Sigma rule: which events, what must stand in them, and how serious that is. Saved, it is held against each
          event that comes in; try it on the past before.
        </PageHead>
      </div>
      <RuleEditor start={start} rule={undefined} mayChange={mayChange} />
    </>
  )
}

/** Fields are ECS names, or those of the log source as Sigma's public rules use them. */
function example(id: string): string {
  return `title: Login as root over SSH
${id === '' ? '' : `id: ${id}\n`}status: stable
description: Somebody has signed in as root directly.
logsource:
  product: linux
  service: sshd
detection:
  login:
    event.action: ssh_login
    event.outcome: success
    user.name: root
  condition: login
falsepositives:
  - Recovery by an administrator
level: high
tags:
  - attack.t1078.003
# What its alerts are grouped by:
picket:
  group_by: [source.ip]
`
}
