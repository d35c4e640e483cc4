/** An alert that could be, for previews and tests of destinations. */

import type { Notice } from './message.ts'

export function sampleNotice(nowMs: number): Notice {
  return {
    alert: 'sample',
    kind: 'created',
    atMs: nowMs,
    rule: {
      id: '00000000-0000-4000-8000-000000000000',
      title: 'Many failed logins, then one that succeeded',
      kind: 'correlation',
      level: 'high',
      tags: ['attack.credential-access', 'attack.t1110.001']
    },
    severity: 'high',
    entity: { 'source.ip': '192.0.2.17', 'user.name': 'anna' },
    count: 14,
    firstUs: (nowMs - 300_000) * 1000,
    lastUs: nowMs * 1000,
    summary: '13 failures and a success from one address within 5 minutes',
    test: false
  }
}
