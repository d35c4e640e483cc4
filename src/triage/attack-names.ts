/**
 * The tactics and techniques of MITRE ATT&CK for Enterprise by id, as far as rules for the records that Picket reads name them.
 * © 2026 The MITRE Corporation. This work is reproduced and distributed with the permission of The MITRE Corporation.
 */

/** By the word of Sigma's tags. */
export const tacticNames: ReadonlyMap<string, { readonly id: string; readonly name: string }> = new Map(
  Object.entries({
    reconnaissance: { id: 'TA0043', name: 'Reconnaissance' },
    'resource-development': { id: 'TA0042', name: 'Resource Development' },
    'initial-access': { id: 'TA0001', name: 'Initial Access' },
    execution: { id: 'TA0002', name: 'Execution' },
    persistence: { id: 'TA0003', name: 'Persistence' },
    'privilege-escalation': { id: 'TA0004', name: 'Privilege Escalation' },
    'defense-evasion': { id: 'TA0005', name: 'Defense Evasion' },
    'credential-access': { id: 'TA0006', name: 'Credential Access' },
    discovery: { id: 'TA0007', name: 'Discovery' },
    'lateral-movement': { id: 'TA0008', name: 'Lateral Movement' },
    collection: { id: 'TA0009', name: 'Collection' },
    'command-and-control': { id: 'TA0011', name: 'Command and Control' },
    exfiltration: { id: 'TA0010', name: 'Exfiltration' },
    impact: { id: 'TA0040', name: 'Impact' }
  })
)

/** Name, and of techniques (not of sub-techniques) the tactics. */
export const techniqueNames: ReadonlyMap<string, readonly [name: string, tactics?: readonly string[]]> = new Map([
  ['T1110', ['Brute Force', ['credential-access']]],
  ['T1110.001', ['Password Guessing']]
])
