/** A program starts on somebody's Windows machine: Sysmon's event 1, in the JSON that evtx readers write. */

import type { Person } from './cast.ts'
import type { Stage } from './stage.ts'
import { toMillis } from './stamps.ts'

export type Started = {
  readonly person: Person
  readonly image: string
  readonly parent: string
  readonly command: string
  readonly parentCommand?: string
  /** Those of the parent, where it was told of before. */
  readonly parentId?: number
  readonly parentGuid?: string
}

/** Who it was, for its children. */
export type ProcessId = {
  readonly parentId: number
  readonly parentGuid: string
  readonly parent: string
  readonly parentCommand: string
}

export function processStarted(stage: Stage, atMs: number, started: Started): ProcessId {
  const { person, image, parent, command } = started
  const id = stage.processId()
  const guid = `{${stage.guid()}}`
  if (stage.wants('windows')) {
    const time = toMillis(atMs)
    const name = image.slice(image.lastIndexOf('\\') + 1)
    const data = {
      RuleName: '-',
      UtcTime: time.replace('T', ' '),
      ProcessGuid: guid,
      ProcessId: id,
      Image: image,
      FileVersion: '10.0.26100.1',
      Description: name,
      Product: 'Microsoft® Windows® Operating System',
      Company: 'Microsoft Corporation',
      OriginalFileName: name,
      CommandLine: command,
      CurrentDirectory: `C:\\Users\\${person.name}\\`,
      User: `HARBOUR\\${person.name}`,
      LogonGuid: `{${stage.guid()}}`,
      LogonId: '0x3f2a1',
      TerminalSessionId: 1,
      IntegrityLevel: 'Medium',
      Hashes: `SHA256=${stage.hex(64).toUpperCase()}`,
      ParentProcessGuid: started.parentGuid ?? `{${stage.guid()}}`,
      ParentProcessId: started.parentId ?? 1000 + 4 * stage.random.below(1000),
      ParentImage: parent,
      ParentCommandLine: started.parentCommand ?? parent,
      ParentUser: `HARBOUR\\${person.name}`
    }
    stage.say(
      atMs,
      'windows',
      `{"Event":{"#attributes":{"xmlns":"http://schemas.microsoft.com/win/2004/08/events/event"},"System":{"Provider":{"#attributes":{"Name":"Microsoft-Windows-Sysmon","Guid":"5770385F-C22A-43E0-BF4C-06F5698FFBD9"}},"EventID":1,"Version":5,"Level":4,"Task":1,"Opcode":0,"Keywords":"0x8000000000000000","TimeCreated":{"#attributes":{"SystemTime":"${time}Z"}},"EventRecordID":${Math.floor(atMs / 10) % 10_000_000},"Correlation":null,"Execution":{"#attributes":{"ProcessID":3160,"ThreadID":4560}},"Channel":"Microsoft-Windows-Sysmon/Operational","Computer":"${person.host}.harbour.example","Security":{"#attributes":{"UserID":"S-1-5-18"}}},"EventData":${JSON.stringify(data)}}}`
    )
  }
  return { parentId: id, parentGuid: guid, parent: image, parentCommand: command }
}
