/** Wazuh's alerts as people read about them. */

import type { FormatDescription } from '../../core/parser.ts'

export const wazuhDescription: FormatDescription = {
  reads:
    'Wazuh’s alerts and archives as JSON. The log line is the message; the rule, the agent and the decoded fields have their places.',
  from: '`/var/ossec/logs/alerts/alerts.json`; `archives.json` with `<logall_json>yes</logall_json>` in `ossec.conf`.',
  specifications: ['https://documentation.wazuh.com/current/user-manual/manager/alert-management.html'],
  sample:
    '{"timestamp":"2025-01-01T00:00:00.123+0000","rule":{"level":5,"description":"sshd: Attempt to login using a non-existent user",' +
    '"id":"5710","mitre":{"id":["T1110.001"],"tactic":["Credential Access"],"technique":["Password Guessing"]},' +
    '"groups":["syslog","sshd","authentication_failed","invalid_login"]},"agent":{"id":"001","name":"web1","ip":"10.0.0.5"},' +
    '"manager":{"name":"siem"},"id":"1735689600.49031","full_log":"Jan  1 00:00:00 web1 sshd[811]: Invalid user oracle from 203.0.113.9",' +
    '"decoder":{"name":"sshd"},"data":{"srcip":"203.0.113.9","srcuser":"oracle"},"location":"/var/log/auth.log"}',
  mapping: [
    ['message', '`full_log`'],
    ['rule.id, rule.name', '`rule.id`, `rule.description`'],
    ['event.severity', '`rule.level`', '0 to 15'],
    ['event.category, event.outcome', '`rule.groups`'],
    ['threat.*', '`rule.mitre`'],
    ['host.name, agent.id, host.ip', '`agent`'],
    ['observer.name', '`manager.name`'],
    ['source.*, destination.*, user.*', '`data.srcip`, `data.dstip`, `data.srcuser`, `data.dstuser` …'],
    ['file.*', '`syscheck`'],
    ['wazuh.*', 'the whole alert']
  ]
}
