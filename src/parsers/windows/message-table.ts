/**
 * The texts that `%%1234` stands for in the Security log: Windows' message table msobjs.dll (Windows Server 2019), as published at
 * https://gist.github.com/andrewkroh/665dca0682bd0e4daf194ab291694012.
 */

/** First number of a run of messages, and the messages; an empty one is not in the table. */
const runs: readonly (readonly [first: number, messages: string])[] = [
  [1536, 'Unused message ID|DELETE|READ_CONTROL|WRITE_DAC|WRITE_OWNER|SYNCHRONIZE|ACCESS_SYS_SEC|MAX_ALLOWED'],
  [
    1601,
    'Not used||Assign Primary Token Privilege|Lock Memory Privilege|Increase Memory Quota Privilege|Unsolicited Input Privilege'
  ],
  [1607, 'Trusted Computer Base Privilege|Security Privilege|Take Ownership Privilege|Load/Unload Driver Privilege'],
  [
    1611,
    'Profile System Privilege|Set System Time Privilege|Profile Single Process Privilege|Increment Base Priority Privilege'
  ],
  [1615, 'Create Pagefile Privilege|Create Permanent Object Privilege|Backup Privilege|Restore From Backup Privilege'],
  [
    1619,
    'Shutdown System Privilege|Debug Privilege|View or Change Audit Log Privilege|Change Hardware Environment Privilege'
  ],
  [1623, 'Change Notify (and Traverse) Privilege|Remotely Shut System Down Privilege'],
  [1792, '<value changed|<value not set>|<never>|Enabled|Disabled|All|None|Audit Policy query/set API Operation'],
  [
    1800,
    '<Value change auditing for this registry type is not supported>|Granted by|Denied by|Denied by Integrity Policy check'
  ],
  [
    1804,
    'Granted by Ownership|Not granted|Granted by NULL DACL|Denied by Empty DACL|Granted by NULL Security Descriptor'
  ],
  [
    1809,
    'Unknown or unchecked|Not granted due to missing|Granted by ACE on parent folder|Denied by ACE on parent folder'
  ],
  [1813, 'Granted by Central Access Rule|NOT Granted by Central Access Rule'],
  [1815, "Granted by parent folder's Central Access Rule|NOT Granted by parent folder's Central Access Rule"],
  [1817, 'Unknown Type|String|Unsigned 64-bit Integer|64-bit Integer|FQBN|Blob|Sid|Boolean|TRUE|FALSE|Invalid'],
  [1828, 'an ACE too long to display|a Security Descriptor too long to display|Not granted to AppContainers|...'],
  [1832, 'Identification|Impersonation'],
  [1840, 'Delegation|Denied by Process Trust Label ACE|Yes|No|System|Not Available|Default|DisallowMmConfig|Off|Auto'],
  [1872, 'REG_NONE|REG_SZ|REG_EXPAND_SZ|REG_BINARY|REG_DWORD|REG_DWORD_BIG_ENDIAN|REG_LINK'],
  [
    1879,
    'REG_MULTI_SZ (New lines are replaced with *. A * is replaced with **)|REG_RESOURCE_LIST|REG_FULL_RESOURCE_DESCRIPTOR'
  ],
  [1882, 'REG_RESOURCE_REQUIREMENTS_LIST|REG_QWORD'],
  [1904, 'New registry value created|Existing registry value modified|Registry value deleted'],
  [1920, 'Sunday|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday'],
  [1936, 'TokenElevationTypeDefault (1)|TokenElevationTypeFull (2)|TokenElevationTypeLimited (3)'],
  [
    2304,
    'An Error occured during Logon.|The specified user account has expired.|The NetLogon component is not active.'
  ],
  [2307, 'Account locked out.|The user has not been granted the requested logon type at this machine.'],
  [
    2309,
    "The specified account's password has expired.|Account currently disabled.|Account logon time restriction violation."
  ],
  [2312, 'User not allowed to logon at this computer.|Unknown user name or bad password.|Domain sid inconsistent.'],
  [2315, 'Smartcard logon is required and was not used.'],
  [2432, 'Not Available.||||Random number generator failure.|Random number generation failed FIPS-140 pre-hash check.'],
  [2438, 'Failed to zero secret data.|Key failed pair wise consistency check.'],
  [
    2448,
    'Failed to unprotect persistent cryptographic key.|Key export checks failed.|Validation of public key failed.'
  ],
  [2451, 'Signature verification failed.'],
  [2456, 'Open key file.|Delete key file.|Read persisted key from file.|Write persisted key to file.'],
  [2464, 'Export of persistent cryptographic key.|Import of persistent cryptographic key.'],
  [
    2480,
    'Open Key.|Create Key.|Delete Key.|Encrypt.|Decrypt.|Sign hash.|Secret agreement.|Domain settings|Local settings'
  ],
  [
    2489,
    'Add provider.|Remove provider.|Add context.|Remove context.|Add function.|Remove function.|Add function provider.'
  ],
  [
    2496,
    'Remove function provider.|Add function property.|Remove function property.|Machine key.|User key.|Key Derivation.'
  ],
  [4864, 'Query State|Modify State'],
  [5632, 'View non-sensitive policy information|View system audit requirements|Get sensitive policy information'],
  [
    5635,
    'Modify domain trust relationships|Create special accounts (for assignment of user rights)|Create a secret object'
  ],
  [
    5638,
    'Create a privilege|Set default quota limits|Change system audit requirements|Administer audit log attributes'
  ],
  [5642, 'Enable/Disable LSA|Lookup Names/SIDs'],
  [
    6656,
    'Enumerate desktops|Read attributes|Access Clipboard|Create desktop|Write attributes|Access global atoms|Exit windows'
  ],
  [6663, 'Unused Access Flag|Include this windowstation in enumerations|Read screen'],
  [6672, 'Read Objects|Create window|Create menu|Hook control|Journal (record)|Journal (playback)'],
  [6678, 'Include this desktop in enumerations|Write objects|Switch to this desktop'],
  [6912, 'Administer print server|Enumerate printers'],
  [6930, 'Full Control|Print'],
  [6948, 'Administer Document'],
  [
    7168,
    'Connect to service controller|Create a new service|Enumerate services|Lock service database for exclusive access'
  ],
  [7172, 'Query service database lock state|Set last-known-good state of service database'],
  [7184, 'Query service configuration information|Set service configuration information|Query status of service'],
  [7187, 'Enumerate dependencies of service|Start the service|Stop the service|Pause or continue the service'],
  [7191, 'Query information from service|Issue service-specific control commands'],
  [
    7424,
    'DDE Share Read|DDE Share Write|DDE Share Initiate Static|DDE Share Initiate Link|DDE Share Request|DDE Share Advise'
  ],
  [7430, 'DDE Share Poke|DDE Share Execute|DDE Share Add Items|DDE Share List Items'],
  [7936, 'Audit Set System Policy|Audit Query System Policy|Audit Set Per User Policy|Audit Query Per User Policy'],
  [7940, 'Audit Enumerate Users|Audit Set Options|Audit Query Options'],
  [8064, 'Port sharing (read)|Port sharing (write)'],
  [8096, 'Default credentials|Credentials manager|Fresh credentials'],
  [8192, 'Kerberos|Preshared key|Unknown authentication|DES|3DES|MD5|SHA1|Local computer|Remote computer|No state'],
  [8202, 'Sent first (SA) payload|Sent second (KE) payload|Sent third (ID) payload|Initiator|Responder|No state'],
  [
    8208,
    'Sent first (SA) payload|Sent final payload|Complete|Unknown|Transport|Tunnel|IKE/AuthIP DoS prevention mode started'
  ],
  [8215, 'IKE/AuthIP DoS prevention mode stopped|Enabled|Not enabled|No state|Sent first (EM attributes) payload'],
  [
    8220,
    'Sent second (SSPI) payload|Sent third (hash) payload|IKEv1|AuthIP|Anonymous|NTLM V2|CGA|Certificate|SSL|None'
  ],
  [
    8230,
    'DH group 1|DH group 2|DH group 14|DH group ECP 256|DH group ECP 384|AES-128|AES-192|AES-256|Certificate ECDSA P256'
  ],
  [
    8239,
    'Certificate ECDSA P384|SSL ECDSA P256|SSL ECDSA P384|SHA 256|SHA 384|IKEv2|EAP payload sent|Authentication payload sent'
  ],
  [8247, 'EAP|DH group 24'],
  [
    8272,
    'System|Logon/Logoff|Object Access|Privilege Use|Detailed Tracking|Policy Change|Account Management|DS Access'
  ],
  [8280, 'Account Logon'],
  [8448, 'Success removed|Success Added|Failure removed|Failure Added|Success include removed|Success include added'],
  [8454, 'Success exclude removed|Success exclude added|Failure include removed|Failure include added'],
  [8458, 'Failure exclude removed|Failure exclude added'],
  [12288, 'Security State Change|Security System Extension|System Integrity|IPsec Driver|Other System Events'],
  [12544, 'Logon|Logoff|Account Lockout|IPsec Main Mode|Special Logon|IPsec Quick Mode|IPsec Extended Mode'],
  [12551, 'Other Logon/Logoff Events|Network Policy Server|User / Device Claims|Group Membership'],
  [
    12800,
    'File System|Registry|Kernel Object|SAM|Other Object Access Events|Certification Services|Application Generated'
  ],
  [
    12807,
    'Handle Manipulation|File Share|Filtering Platform Packet Drop|Filtering Platform Connection|Detailed File Share'
  ],
  [12812, 'Removable Storage|Central Policy Staging'],
  [13056, 'Sensitive Privilege Use|Non Sensitive Privilege Use|Other Privilege Use Events'],
  [
    13312,
    'Process Creation|Process Termination|DPAPI Activity|RPC Events|Plug and Play Events|Token Right Adjusted Events'
  ],
  [
    13568,
    'Audit Policy Change|Authentication Policy Change|Authorization Policy Change|MPSSVC Rule-Level Policy Change'
  ],
  [13572, 'Filtering Platform Policy Change|Other Policy Change Events'],
  [
    13824,
    'User Account Management|Computer Account Management|Security Group Management|Distribution Group Management'
  ],
  [13828, 'Application Group Management|Other Account Management Events'],
  [14080, 'Directory Service Access|Directory Service Changes|Directory Service Replication'],
  [14083, 'Detailed Directory Service Replication'],
  [
    14336,
    'Credential Validation|Kerberos Service Ticket Operations|Other Account Logon Events|Kerberos Authentication Service'
  ],
  [
    14592,
    'Inbound|Outbound|Forward|Bidirectional|IP Packet|Transport|Forward|Stream|Datagram Data|ICMP Error|MAC 802.3'
  ],
  [14603, 'MAC Native|vSwitch'],
  [14608, 'Resource Assignment|Listen|Receive/Accept|Connect|Flow Established||Resource Release|Endpoint Closure'],
  [14616, 'Connect Redirect|Bind Redirect'],
  [14624, 'Stream Packet'],
  [14640, 'ICMP Echo-Request|vSwitch Ingress|vSwitch Egress'],
  [14672, '<Binary>|[NULL]|Value Added|Value Deleted|Active Directory Domain Services'],
  [14677, 'Active Directory Lightweight Directory Services|Yes|No|Value Added With Expiration Time'],
  [14681, 'Value Deleted With Expiration Time'],
  [14688, 'Value Auto Deleted With Expiration Time'],
  [
    16384,
    'Add|Delete|Boot-time|Persistent|Not persistent|Block|Permit|Callout|MD5|SHA-1|SHA-256|AES-GCM 128|AES-GCM 192'
  ],
  [
    16397,
    'AES-GCM 256|DES|3DES|AES-128|AES-192|AES-256|Transport|Tunnel|Responder|Initiator|AES-GMAC 128|AES-GMAC 192'
  ],
  [16409, 'AES-GMAC 256'],
  [16416, 'AuthNoEncap Transport'],
  [16896, 'Enable WMI Account|Execute Method|Full Write|Partial Write|Provider Write|Remote Access|Subscribe|Publish']
]

/** The specific access rights of each kind of object: first number, rights by bit. Bits without a right are "Undefined Access". */
const rights: readonly (readonly [first: number, names: string])[] = [
  [4368, 'Query directory|Traverse|Create object in directory|Create sub-directory'],
  [4384, 'Query event state|Modify event state'],
  [
    4416,
    'ReadData (or ListDirectory)|WriteData (or AddFile)|AppendData (or AddSubdirectory or CreatePipeInstance)|ReadEA|WriteEA|Execute/Traverse|DeleteChild|ReadAttributes|WriteAttributes'
  ],
  [
    4432,
    'Query key value|Set key value|Create sub-key|Enumerate sub-keys|Notify about changes to keys|Create Link|||Enable 64(or 32) bit application to open 64 bit key|Enable 64(or 32) bit application to open 32 bit key'
  ],
  [4448, 'Query mutant state'],
  [4464, 'Communicate using port'],
  [
    4480,
    'Force process termination|Create new thread in process|Set process session ID|Perform virtual memory operation|Read from process memory|Write to process memory|Duplicate handle into or out of process|Create a subprocess of process|Set process quotas|Set process information|Query process information|Set process termination port'
  ],
  [4496, 'Control profile'],
  [4512, 'Query section state|Map section for write|Map section for read|Map section for execute|Extend size'],
  [4528, 'Query semaphore state|Modify semaphore state'],
  [4544, 'Use symbolic link'],
  [
    4560,
    'Force thread termination|Suspend or resume thread|Send an alert to thread|Get thread context|Set thread context|Set thread information|Query thread information|Assign a token to the thread|Cause thread to directly impersonate another thread|Directly impersonate this thread'
  ],
  [4576, 'Query timer state|Modify timer state'],
  [
    4592,
    'AssignAsPrimary|Duplicate|Impersonate|Query|QuerySource|AdjustPrivileges|AdjustGroups|AdjustDefaultDacl|AdjustSessionID'
  ],
  [4608, 'Create instance of object type'],
  [5120, 'Channel read message|Channel write message|Channel query information|Channel set information'],
  [5136, 'Assign process|Set Attributes|Query Attributes|Terminate Job|Set Security Attributes'],
  [5376, 'ConnectToServer|ShutdownServer|InitializeServer|CreateDomain|EnumerateDomains|LookupDomain'],
  [
    5392,
    'ReadPasswordParameters|WritePasswordParameters|ReadOtherParameters|WriteOtherParameters|CreateUser|CreateGlobalGroup|CreateLocalGroup|GetLocalGroupMembership|ListAccounts|LookupIDs|AdministerServer'
  ],
  [5408, 'ReadInformation|WriteAccount|AddMember|RemoveMember|ListMembers'],
  [5424, 'AddMember|RemoveMember|ListMembers|ReadInformation|WriteAccount'],
  [
    5440,
    'ReadGeneralInformation|ReadPreferences|WritePreferences|ReadLogon|ReadAccount|WriteAccount|ChangePassword (with knowledge of old password)|SetPassword (without knowledge of old password)|ListGroups|ReadGroupMembership|ChangeGroupMembership'
  ],
  [5648, 'Change secret value|Query secret value'],
  [
    5664,
    'Query trusted domain name/SID|Retrieve the controllers in the trusted domain|Change the controllers in the trusted domain|Query the Posix ID offset assigned to the trusted domain|Change the Posix ID offset assigned to the trusted domain'
  ],
  [
    5680,
    'Query account information|Change privileges assigned to account|Change quotas assigned to account|Change logon capabilities assigned to account|Change the Posix ID offset assigned to the accounted domain'
  ],
  [5696, 'KeyedEvent Wait|KeyedEvent Wake'],
  [
    7680,
    'Create Child|Delete Child|List Contents|Write Self|Read Property|Write Property|Delete Tree|List Object|Control Access'
  ]
]

/** The bits of an account's control flags, as 2048 + bit (cleared) and 2080 + bit (set). */
const accountBits =
  '|Home Directory Required|Password Not Required|Temp Duplicate Account|Normal Account|MNS Logon Account|Interdomain Trust Account|' +
  "Workstation Trust Account|Server Trust Account|Don't Expire Password||Encrypted Text Password Allowed|Smartcard Required|" +
  "Trusted For Delegation|Not Delegated|Use DES Key Only|Don't Require Preauth|Password Expired|" +
  'Trusted To Authenticate For Delegation|Exclude Authorization Information|Undefined UserAccountControl Bit 20|' +
  'Protect Kerberos Service Tickets with AES Keys'

function makeTable(): ReadonlyMap<string, string> {
  const table = new Map<string, string>([['279', 'Undefined Access (no effect) Bit 7']])
  for (const [first, messages] of runs)
    messages.split('|').forEach((message, i) => {
      if (message !== '') table.set(String(first + i), message)
    })
  for (const [first, names] of rights) {
    const known = names.split('|')
    for (let bit = 0; bit < 16; bit++)
      table.set(String(first + bit), known[bit] || `Undefined Access (no effect) Bit ${bit}`)
  }
  for (let bit = 0; bit < 16; bit++) {
    table.set(String(1552 + bit), `Unknown specific access (bit ${bit})`)
    table.set(String(4352 + bit), bit < 9 ? `Device Access Bit ${bit}` : `Undefined Access (no effect) Bit ${bit}`)
  }
  const flags = accountBits.split('|')
  for (let bit = 0; bit < 32; bit++) {
    const name = flags[bit] ?? `Undefined UserAccountControl Bit ${bit}`
    const cleared = bit === 0 ? 'Account Enabled' : bit === 10 ? 'Account Unlocked' : `${name}' - Disabled`
    const set = bit === 0 ? 'Account Disabled' : bit === 10 ? 'Account Locked' : `${name}' - Enabled`
    table.set(String(2048 + bit), cleared)
    table.set(String(2080 + bit), set)
  }
  return table
}

const table = makeTable()

/** The message of `%%4417` or `4417`; undefined if there is none. */
export function messageOf(code: string): string | undefined {
  return table.get(code.startsWith('%%') ? code.slice(2) : code)
}
