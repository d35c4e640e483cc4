/**
 * PowerShell in ECS, as Elastic's windows/powershell and powershell_operational integrations map it: the classic log "Windows PowerShell"
 * (400, 403, 600, 800) and "Microsoft-Windows-PowerShell/Operational" (4103 to 4106).
 */

import { numberOf } from '../../core/ecs-values.ts'
import { splitCommandLine } from './command-line.ts'
import { accountParts, type Draft, type Fields, fileOfPath, relate } from './draft.ts'
import { contextInfo, invocationDetails, tabbedPairs } from './powershell-text.ts'
import { measureScript } from './script-block.ts'
import { type Data, said } from './win-event.ts'

export function mapPowershell(draft: Draft): void {
  const { source, data } = draft
  const code = source.eventId
  draft.dataset = 'windows.powershell'
  draft.category = ['process']
  draft.type = [code === '400' ? 'start' : code === '403' ? 'end' : 'info']
  const raw = said(data, code === '800' ? 'param2' : 'param3')
  const pairs: Data = raw === undefined ? {} : tabbedPairs(raw, code === '800')
  // Agents that cut the text up themselves leave no `param3`.
  const get = (name: string) => said(pairs, name) ?? said(data, name)
  draft.sequence = numberOf(get('SequenceNumber'))
  hostProcess(draft, get('HostId'), get('HostApplication'), get('HostName'))
  const parts = accountParts(get('UserId'))
  if (parts !== undefined) draft.user = { domain: parts.domain, name: parts.name }
  relate(draft.relatedUsers, parts?.name)
  const details = code === '800' ? invocationDetails(said(data, 'param3'), true) : undefined
  draft.product = {
    powershell: {
      engine: {
        version: get('EngineVersion'),
        new_state: get('NewEngineState'),
        previous_state: get('PreviousEngineState')
      },
      provider: { name: get('ProviderName'), new_state: get('NewProviderState') },
      pipeline_id: get('PipelineId'),
      runspace_id: get('RunspaceId'),
      process: { executable_version: get('HostVersion') },
      sequence: numberOf(get('DetailSequence')),
      total: numberOf(get('DetailTotal')),
      command: {
        value: get('CommandLine'),
        path: get('CommandPath'),
        name: get('CommandName'),
        type: get('CommandType'),
        invocation_details: details
      }
    }
  }
  script(draft, get('ScriptName'))
}

export function mapPowershellOperational(draft: Draft): void {
  const { source, data } = draft
  const code = source.eventId
  draft.dataset = 'windows.powershell_operational'
  draft.category = ['process']
  draft.type = [code === '4105' ? 'start' : code === '4106' ? 'end' : 'info']
  const context: Data = contextInfo(said(data, 'ContextInfo'))
  const get = (name: string) => said(context, name) ?? said(data, name)
  draft.sequence = numberOf(get('SequenceNumber'))
  hostProcess(draft, get('HostID'), get('HostApplication'), get('HostName'))
  draft.process = { ...draft.process, pid: source.processId }
  users(draft, accountParts(get('User')), accountParts(get('ConnectedUser')))
  const text = said(data, 'ScriptBlockText')?.trim()
  draft.product = {
    powershell: {
      id: get('ShellID'),
      engine: { version: get('EngineVersion') },
      pipeline_id: get('PipelineID'),
      runspace_id: get('RunspaceID') ?? get('RunspaceId'),
      process: { executable_version: get('HostVersion') },
      sequence: numberOf(said(data, 'MessageNumber')),
      total: numberOf(said(data, 'MessageTotal')),
      command: {
        value: get('CommandLine'),
        path: get('CommandPath'),
        name: get('CommandName'),
        type: get('CommandType'),
        invocation_details: code === '4103' ? invocationDetails(said(data, 'Payload'), false) : undefined
      },
      file: {
        script_block_id: said(data, 'ScriptBlockId'),
        script_block_text: text,
        ...(text === undefined || text === '' ? undefined : measureScript(text))
      }
    }
  }
  script(draft, said(data, 'Path') ?? get('ScriptName'))
}

function hostProcess(draft: Draft, id: string | undefined, line: string | undefined, title: string | undefined): void {
  const args = line === undefined ? undefined : splitCommandLine(line)
  draft.process = { entity_id: id, command_line: line, args, args_count: args?.length, title }
}

function script(draft: Draft, path: string | undefined): void {
  if (path !== undefined) draft.file = fileOfPath(path)
}

type Parts = { readonly domain: string; readonly name: string } | undefined

/** Over remoting, who connected is the user (and the source), and whom the pipeline runs as is the destination's. */
function users(draft: Draft, running: Parts, connected: Parts): void {
  const { source, relatedUsers, relatedHosts } = draft
  const own: Fields = {
    domain: source.userDomain ?? running?.domain,
    name: source.userName ?? running?.name
  }
  relate(relatedUsers, own['name'] as string | undefined)
  relate(relatedHosts, source.userDomain)
  if (connected === undefined) {
    draft.user = { id: source.userSid, ...own }
    return
  }
  relate(relatedUsers, connected.name)
  draft.user = { id: source.userSid, domain: connected.domain, name: connected.name }
  draft.from = { user: { domain: connected.domain, name: connected.name } }
  draft.destination = { user: own }
}
