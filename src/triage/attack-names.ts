/**
 * The tactics and techniques of MITRE ATT&CK for Enterprise (19) by id, as far as they leave traces in the records that Picket reads, and
 * retired ones that rules still name. © 2026 The MITRE Corporation. This work is reproduced and distributed with the permission of The
 * MITRE Corporation.
 */

/** By the word of Sigma's tags. What 19 divided into stealth and defense impairment was defense evasion before. */
export const tacticNames: ReadonlyMap<string, { readonly id: string; readonly name: string }> = new Map(
  Object.entries({
    reconnaissance: { id: 'TA0043', name: 'Reconnaissance' },
    'resource-development': { id: 'TA0042', name: 'Resource Development' },
    'initial-access': { id: 'TA0001', name: 'Initial Access' },
    execution: { id: 'TA0002', name: 'Execution' },
    persistence: { id: 'TA0003', name: 'Persistence' },
    'privilege-escalation': { id: 'TA0004', name: 'Privilege Escalation' },
    stealth: { id: 'TA0005', name: 'Stealth' },
    'defense-evasion': { id: 'TA0005', name: 'Defense Evasion' },
    'defense-impairment': { id: 'TA0112', name: 'Defense Impairment' },
    'credential-access': { id: 'TA0006', name: 'Credential Access' },
    discovery: { id: 'TA0007', name: 'Discovery' },
    'lateral-movement': { id: 'TA0008', name: 'Lateral Movement' },
    collection: { id: 'TA0009', name: 'Collection' },
    'command-and-control': { id: 'TA0011', name: 'Command and Control' },
    exfiltration: { id: 'TA0010', name: 'Exfiltration' },
    impact: { id: 'TA0040', name: 'Impact' }
  })
)

const tacticCodes: Readonly<Record<string, string>> = {
  re: 'reconnaissance',
  rd: 'resource-development',
  ia: 'initial-access',
  ex: 'execution',
  pe: 'persistence',
  pr: 'privilege-escalation',
  st: 'stealth',
  dm: 'defense-impairment',
  ca: 'credential-access',
  di: 'discovery',
  lm: 'lateral-movement',
  co: 'collection',
  cc: 'command-and-control',
  xf: 'exfiltration',
  im: 'impact'
}

/** A line a technique: its number, its tactics, its name, then its sub-techniques. */
const table = `
1001 cc Data Obfuscation|001 Junk Data|002 Steganography|003 Protocol or Service Impersonation
1003 ca OS Credential Dumping|001 LSASS Memory|002 Security Account Manager|003 NTDS|004 LSA Secrets|005 Cached Domain Credentials|006 DCSync|007 Proc Filesystem|008 /etc/passwd and /etc/shadow
1005 co Data from Local System
1006 st Direct Volume Access
1007 di System Service Discovery
1008 cc Fallback Channels
1010 di Application Window Discovery
1011 xf Exfiltration Over Other Network Medium|001 Exfiltration Over Bluetooth
1012 di Query Registry
1014 st Rootkit
1016 di System Network Configuration Discovery|001 Internet Connection Discovery|002 Wi-Fi Discovery
1018 di Remote System Discovery
1020 xf Automated Exfiltration|001 Traffic Duplication
1021 lm Remote Services|001 Remote Desktop Protocol|002 SMB/Windows Admin Shares|003 Distributed Component Object Model|004 SSH|005 VNC|006 Windows Remote Management|007 Cloud Services|008 Direct Cloud VM Connections
1025 co Data from Removable Media
1027 st Obfuscated Files or Information|001 Binary Padding|002 Software Packing|003 Steganography|004 Compile After Delivery|005 Indicator Removal from Tools|006 HTML Smuggling|007 Dynamic API Resolution|008 Stripped Payloads|009 Embedded Payloads|010 Command Obfuscation|011 Fileless Storage|012 LNK Icon Smuggling|013 Encrypted/Encoded File|014 Polymorphic Code
1029 xf Scheduled Transfer
1030 xf Data Transfer Size Limits
1033 di System Owner/User Discovery
1036 st Masquerading|001 Invalid Code Signature|002 Right-to-Left Override|003 Rename Legitimate Utilities|004 Masquerade Task or Service|005 Match Legitimate Resource Name or Location|006 Space after Filename|007 Double File Extension|008 Masquerade File Type|009 Break Process Trees|010 Masquerade Account Name
1037 pe,pr Boot or Logon Initialization Scripts|001 Logon Script (Windows)|002 Login Hook|003 Network Logon Script|004 RC Scripts|005 Startup Items
1039 co Data from Network Shared Drive
1040 ca,di Network Sniffing
1041 xf Exfiltration Over C2 Channel
1046 di Network Service Discovery
1047 ex Windows Management Instrumentation
1048 xf Exfiltration Over Alternative Protocol|001 Exfiltration Over Symmetric Encrypted Non-C2 Protocol|002 Exfiltration Over Asymmetric Encrypted Non-C2 Protocol|003 Exfiltration Over Unencrypted Non-C2 Protocol
1049 di System Network Connections Discovery
1052 xf Exfiltration Over Physical Medium|001 Exfiltration over USB
1053 ex,pe,pr Scheduled Task/Job|002 At|003 Cron|005 Scheduled Task|006 Systemd Timers|007 Container Orchestration Job
1055 pr,st Process Injection|001 Dynamic-link Library Injection|002 Portable Executable Injection|003 Thread Execution Hijacking|004 Asynchronous Procedure Call|005 Thread Local Storage|008 Ptrace System Calls|009 Proc Memory|011 Extra Window Memory Injection|012 Process Hollowing|013 Process Doppelgänging|014 VDSO Hijacking|015 ListPlanting
1056 ca,co Input Capture|001 Keylogging|002 GUI Input Capture|003 Web Portal Capture|004 Credential API Hooking
1057 di Process Discovery
1059 ex Command and Scripting Interpreter|001 PowerShell|002 AppleScript|003 Windows Command Shell|004 Unix Shell|005 Visual Basic|006 Python|007 JavaScript|008 Network Device CLI|009 Cloud API|010 AutoHotKey & AutoIT|011 Lua|012 Hypervisor CLI|013 Container CLI/API
1068 pr Exploitation for Privilege Escalation
1069 di Permission Groups Discovery|001 Local Groups|002 Domain Groups|003 Cloud Groups
1070 st Indicator Removal|001 Clear Windows Event Logs|002 Clear Linux or Mac System Logs|003 Clear Command History|004 File Deletion|005 Network Share Connection Removal|006 Timestomp|007 Clear Network Connection History and Configurations|008 Clear Mailbox Data|009 Clear Persistence|010 Relocate Malware
1071 cc Application Layer Protocol|001 Web Protocols|002 File Transfer Protocols|003 Mail Protocols|004 DNS|005 Publish/Subscribe Protocols
1072 ex,lm Software Deployment Tools
1074 co Data Staged|001 Local Data Staging|002 Remote Data Staging
1078 ia,pe,pr,st Valid Accounts|001 Default Accounts|002 Domain Accounts|003 Local Accounts|004 Cloud Accounts
1080 lm Taint Shared Content
1082 di System Information Discovery
1083 di File and Directory Discovery
1087 di Account Discovery|001 Local Account|002 Domain Account|003 Email Account|004 Cloud Account
1090 cc Proxy|001 Internal Proxy|002 External Proxy|003 Multi-hop Proxy|004 Domain Fronting
1091 ia,lm Replication Through Removable Media
1092 cc Communication Through Removable Media
1095 cc Non-Application Layer Protocol
1098 pe,pr Account Manipulation|001 Additional Cloud Credentials|002 Additional Email Delegate Permissions|003 Additional Cloud Roles|004 SSH Authorized Keys|005 Device Registration|006 Additional Container Cluster Roles|007 Additional Local or Domain Groups
1102 cc Web Service|001 Dead Drop Resolver|002 Bidirectional Communication|003 One-Way Communication
1104 cc Multi-Stage Channels
1105 cc Ingress Tool Transfer
1106 ex Native API
1110 ca Brute Force|001 Password Guessing|002 Password Cracking|003 Password Spraying|004 Credential Stuffing
1111 ca Multi-Factor Authentication Interception
1112 pe,dm Modify Registry
1113 co Screen Capture
1114 co Email Collection|001 Local Email Collection|002 Remote Email Collection|003 Email Forwarding Rule
1115 co Clipboard Data
1119 co Automated Collection
1120 di Peripheral Device Discovery
1123 co Audio Capture
1124 di System Time Discovery
1125 co Video Capture
1127 st Trusted Developer Utilities Proxy Execution|001 MSBuild|002 ClickOnce|003 JamPlus
1129 ex Shared Modules
1132 cc Data Encoding|001 Standard Encoding|002 Non-Standard Encoding
1133 ia,pe External Remote Services
1134 pr,st Access Token Manipulation|001 Token Impersonation/Theft|002 Create Process with Token|003 Make and Impersonate Token|004 Parent PID Spoofing|005 SID-History Injection
1135 di Network Share Discovery
1136 pe Create Account|001 Local Account|002 Domain Account|003 Cloud Account
1137 pe Office Application Startup|001 Office Template Macros|002 Office Test|003 Outlook Forms|004 Outlook Home Page|005 Outlook Rules|006 Add-ins
1140 st Deobfuscate/Decode Files or Information
1176 pe Software Extensions|001 Browser Extensions|002 IDE Extensions
1185 co Browser Session Hijacking
1187 ca Forced Authentication
1189 ia Drive-by Compromise
1190 ia Exploit Public-Facing Application
1195 ia Supply Chain Compromise|001 Compromise Software Dependencies and Development Tools|002 Compromise Software Supply Chain|003 Compromise Hardware Supply Chain
1197 pe,st BITS Jobs
1199 ia Trusted Relationship
1200 ia Hardware Additions
1201 di Password Policy Discovery
1202 st Indirect Command Execution
1203 ex Exploitation for Client Execution
1204 ex User Execution|001 Malicious Link|002 Malicious File|003 Malicious Image|004 Malicious Copy and Paste|005 Malicious Library
1205 pe,cc,st Traffic Signaling|001 Port Knocking|002 Socket Filters
1207 st Rogue Domain Controller
1210 lm Exploitation of Remote Services
1211 st Exploitation for Stealth
1212 ca Exploitation for Credential Access
1213 co Data from Information Repositories|001 Confluence|002 Sharepoint|003 Code Repositories|004 Customer Relationship Management Software|005 Messaging Applications|006 Databases
1216 st System Script Proxy Execution|001 PubPrn|002 SyncAppvPublishingServer
1217 di Browser Information Discovery
1218 st System Binary Proxy Execution|001 Compiled HTML File|002 Control Panel|003 CMSTP|004 InstallUtil|005 Mshta|007 Msiexec|008 Odbcconf|009 Regsvcs/Regasm|010 Regsvr32|011 Rundll32|012 Verclsid|013 Mavinject|014 MMC|015 Electron Applications
1219 cc Remote Access Tools|001 IDE Tunneling|002 Remote Desktop Software|003 Remote Access Hardware
1220 st XSL Script Processing
1221 st Template Injection
1222 dm File and Directory Permissions Modification|001 Windows File and Directory Permissions Modification|002 Linux and Mac File and Directory Permissions Modification
1480 st Execution Guardrails|001 Environmental Keying|002 Mutual Exclusion
1482 di Domain Trust Discovery
1484 pr,dm Domain or Tenant Policy Modification|001 Group Policy Modification|002 Trust Modification
1485 im Data Destruction|001 Lifecycle-Triggered Deletion
1486 im Data Encrypted for Impact
1489 im Service Stop
1490 im Inhibit System Recovery
1491 im Defacement|001 Internal Defacement|002 External Defacement
1495 im Firmware Corruption
1496 im Resource Hijacking|001 Compute Hijacking|002 Bandwidth Hijacking|003 SMS Pumping|004 Cloud Service Hijacking
1497 di,st Virtualization/Sandbox Evasion|001 System Checks|002 User Activity Based Checks|003 Time Based Checks
1498 im Network Denial of Service|001 Direct Network Flood|002 Reflection Amplification
1499 im Endpoint Denial of Service|001 OS Exhaustion Flood|002 Service Exhaustion Flood|003 Application Exhaustion Flood|004 Application or System Exploitation
1505 pe Server Software Component|001 SQL Stored Procedures|002 Transport Agent|003 Web Shell|004 IIS Components|005 Terminal Services DLL|006 vSphere Installation Bundles
1518 di Software Discovery|001 Security Software Discovery|002 Backup Software Discovery
1525 pe Implant Internal Image
1526 di Cloud Service Discovery
1528 ca Steal Application Access Token
1529 im System Shutdown/Reboot
1530 co Data from Cloud Storage
1531 im Account Access Removal
1534 lm Internal Spearphishing
1535 st Unused/Unsupported Cloud Regions
1537 xf Transfer Data to Cloud Account
1538 di Cloud Service Dashboard
1539 ca Steal Web Session Cookie
1542 pe,st Pre-OS Boot|001 System Firmware|002 Component Firmware|003 Bootkit|004 ROMMONkit|005 TFTP Boot
1543 pe,pr Create or Modify System Process|001 Launch Agent|002 Systemd Service|003 Windows Service|004 Launch Daemon|005 Container Service
1546 pe,pr Event Triggered Execution|001 Change Default File Association|002 Screensaver|003 Windows Management Instrumentation Event Subscription|004 Unix Shell Configuration Modification|005 Trap|006 LC_LOAD_DYLIB Addition|007 Netsh Helper DLL|008 Accessibility Features|009 AppCert DLLs|010 AppInit DLLs|011 Application Shimming|012 Image File Execution Options Injection|013 PowerShell Profile|014 Emond|015 Component Object Model Hijacking|016 Installer Packages|017 Udev Rules|018 Python Startup Hooks
1547 pe,pr Boot or Logon Autostart Execution|001 Registry Run Keys / Startup Folder|002 Authentication Package|003 Time Providers|004 Winlogon Helper DLL|005 Security Support Provider|006 Kernel Modules and Extensions|007 Re-opened Applications|008 LSASS Driver|009 Shortcut Modification|010 Port Monitors|012 Print Processors|013 XDG Autostart Entries|014 Active Setup|015 Login Items
1548 pr Abuse Elevation Control Mechanism|001 Setuid and Setgid|002 Bypass User Account Control|003 Sudo and Sudo Caching|004 Elevated Execution with Prompt|005 Temporary Elevated Cloud Access|006 TCC Manipulation
1550 lm Use Alternate Authentication Material|001 Application Access Token|002 Pass the Hash|003 Pass the Ticket|004 Web Session Cookie
1552 ca Unsecured Credentials|001 Credentials In Files|002 Credentials in Registry|003 Shell History|004 Private Keys|005 Cloud Instance Metadata API|006 Group Policy Preferences|007 Container API|008 Chat Messages
1553 dm Subvert Trust Controls|001 Gatekeeper Bypass|002 Code Signing|003 SIP and Trust Provider Hijacking|004 Install Root Certificate|005 Mark-of-the-Web Bypass|006 Code Signing Policy Modification
1554 pe Compromise Host Software Binary
1555 ca Credentials from Password Stores|001 Keychain|002 Securityd Memory|003 Credentials from Web Browsers|004 Windows Credential Manager|005 Password Managers|006 Cloud Secrets Management Stores
1556 ca,pe,dm Modify Authentication Process|001 Domain Controller Authentication|002 Password Filter DLL|003 Pluggable Authentication Modules|004 Network Device Authentication|005 Reversible Encryption|006 Multi-Factor Authentication|007 Hybrid Identity|008 Network Provider DLL|009 Conditional Access Policies
1557 ca,co Adversary-in-the-Middle|001 LLMNR/NBT-NS Poisoning and SMB Relay|002 ARP Cache Poisoning|003 DHCP Spoofing|004 Evil Twin
1558 ca Steal or Forge Kerberos Tickets|001 Golden Ticket|002 Silver Ticket|003 Kerberoasting|004 AS-REP Roasting|005 Ccache Files
1559 ex Inter-Process Communication|001 Component Object Model|002 Dynamic Data Exchange|003 XPC Services
1560 co Archive Collected Data|001 Archive via Utility|002 Archive via Library|003 Archive via Custom Method
1561 im Disk Wipe|001 Disk Content Wipe|002 Disk Structure Wipe
1562 dm Impair Defenses|001 Disable or Modify Tools|002 Disable Windows Event Logging|003 Impair Command History Logging|004 Disable or Modify System Firewall|006 Indicator Blocking|007 Disable or Modify Cloud Firewall|008 Disable or Modify Cloud Logs|009 Safe Mode Boot|010 Downgrade Attack|011 Spoof Security Alerting|012 Disable or Modify Linux Audit System|013 Disable or Modify Network Device Firewall
1563 lm Remote Service Session Hijacking|001 SSH Hijacking|002 RDP Hijacking
1564 st Hide Artifacts|001 Hidden Files and Directories|002 Hidden Users|003 Hidden Window|004 NTFS File Attributes|005 Hidden File System|006 Run Virtual Instance|007 VBA Stomping|008 Email Hiding Rules|009 Resource Forking|010 Process Argument Spoofing|011 Ignore Process Interrupts|012 File/Path Exclusions|013 Bind Mounts|014 Extended Attributes
1565 im Data Manipulation|001 Stored Data Manipulation|002 Transmitted Data Manipulation|003 Runtime Data Manipulation
1566 ia Phishing|001 Spearphishing Attachment|002 Spearphishing Link|003 Spearphishing via Service|004 Spearphishing Voice
1567 xf Exfiltration Over Web Service|001 Exfiltration to Code Repository|002 Exfiltration to Cloud Storage|003 Exfiltration to Text Storage Sites|004 Exfiltration Over Webhook
1568 cc Dynamic Resolution|001 Fast Flux DNS|002 Domain Generation Algorithms|003 DNS Calculation
1569 ex System Services|001 Launchctl|002 Service Execution|003 Systemctl
1570 lm Lateral Tool Transfer
1571 cc Non-Standard Port
1572 cc Protocol Tunneling
1573 cc Encrypted Channel|001 Symmetric Cryptography|002 Asymmetric Cryptography
1574 ex,pe,pr,st Hijack Execution Flow|001 DLL|002 DLL Side-Loading|004 Dylib Hijacking|005 Executable Installer File Permissions Weakness|006 Dynamic Linker Hijacking|007 Path Interception by PATH Environment Variable|008 Path Interception by Search Order Hijacking|009 Path Interception by Unquoted Path|010 Services File Permissions Weakness|011 Services Registry Permissions Weakness|012 COR_PROFILER|013 KernelCallbackTable|014 AppDomainManager
1578 dm Modify Cloud Compute Infrastructure|001 Create Snapshot|002 Create Cloud Instance|003 Delete Cloud Instance|004 Revert Cloud Instance|005 Modify Cloud Compute Configurations
1580 di Cloud Infrastructure Discovery
1583 rd Acquire Infrastructure|001 Domains|002 DNS Server|003 Virtual Private Server|004 Server|005 Botnet|006 Web Services|007 Serverless|008 Malvertising
1584 rd Compromise Infrastructure|001 Domains|002 DNS Server|003 Virtual Private Server|004 Server|005 Botnet|006 Web Services|007 Serverless|008 Network Devices
1585 rd Establish Accounts|001 Social Media Accounts|002 Email Accounts|003 Cloud Accounts
1586 rd Compromise Accounts|001 Social Media Accounts|002 Email Accounts|003 Cloud Accounts
1587 rd Develop Capabilities|001 Malware|002 Code Signing Certificates|003 Digital Certificates|004 Exploits
1588 rd Obtain Capabilities|001 Malware|002 Tool|003 Code Signing Certificates|004 Digital Certificates|005 Exploits|006 Vulnerabilities|007 Artificial Intelligence
1589 re Gather Victim Identity Information|001 Credentials|002 Email Addresses|003 Employee Names
1590 re Gather Victim Network Information|001 Domain Properties|002 DNS|003 Network Trust Dependencies|004 Network Topology|005 IP Addresses|006 Network Security Appliances
1591 re Gather Victim Org Information|001 Determine Physical Locations|002 Business Relationships|003 Identify Business Tempo|004 Identify Roles
1592 re Gather Victim Host Information|001 Hardware|002 Software|003 Firmware|004 Client Configurations
1593 re Search Open Websites/Domains|001 Social Media|002 Search Engines|003 Code Repositories
1594 re Search Victim-Owned Websites
1595 re Active Scanning|001 Scanning IP Blocks|002 Vulnerability Scanning|003 Wordlist Scanning
1596 re Search Open Technical Databases
1597 re Search Closed Sources
1598 re Phishing for Information|001 Spearphishing Service|002 Spearphishing Attachment|003 Spearphishing Link|004 Spearphishing Voice
1599 dm Network Boundary Bridging|001 Network Address Translation Traversal
1600 dm Weaken Encryption|001 Reduce Key Space|002 Disable Crypto Hardware
1601 dm Modify System Image|001 Patch System Image|002 Downgrade System Image
1602 co Data from Configuration Repository|001 SNMP (MIB Dump)|002 Network Device Configuration Dump
1606 ca Forge Web Credentials|001 Web Cookies|002 SAML Tokens
1608 rd Stage Capabilities|001 Upload Malware|002 Upload Tool|003 Install Digital Certificate|004 Drive-by Target|005 Link Target|006 SEO Poisoning
1609 ex Container Administration Command
1610 ex Deploy Container
1611 pr Escape to Host
1612 st Build Image on Host
1613 di Container and Resource Discovery
1614 di System Location Discovery|001 System Language Discovery
1615 di Group Policy Discovery
1619 di Cloud Storage Object Discovery
1620 st Reflective Code Loading
1621 ca Multi-Factor Authentication Request Generation
1622 di,st Debugger Evasion
1647 st Plist File Modification
1648 ex Serverless Execution
1649 ca Steal or Forge Authentication Certificates
1650 rd Acquire Access
1651 ex Cloud Administration Command
1652 di Device Driver Discovery
1653 pe Power Settings
1654 di Log Enumeration
1656 st Impersonation
1657 im Financial Theft
1659 ia,cc Content Injection
1665 cc Hide Infrastructure
1666 st Modify Cloud Resource Hierarchy
1667 im Email Bombing
1668 pe Exclusive Control
1669 ia Wi-Fi Networks
1671 pe Cloud Application Integration
1672 st Email Spoofing
1673 di Virtual Machine Discovery
1674 ex Input Injection
1675 ex ESXi Administration Command
1685 dm Disable or Modify Tools|001 Disable or Modify Windows Event Log|002 Disable or Modify Cloud Logs|003 Spoof Security Alerting|004 Disable or Modify Linux Audit System|005 Clear Windows Event Logs|006 Clear Linux or Mac System Logs
1686 dm Disable or Modify System Firewall|001 Cloud Firewall|002 Network Device Firewall|003 Windows Host Firewall
1688 dm Safe Mode Boot
1689 dm Downgrade Attack
1690 dm Prevent Command History Logging`

export type TechniqueName = { readonly name: string; readonly tactics: readonly string[] }

let read: ReadonlyMap<string, TechniqueName> | undefined

/** By id (`T1110`, `T1110.001`). Of a sub-technique its own name, and the tactics of its technique. */
export function techniqueNames(): ReadonlyMap<string, TechniqueName> {
  read ??= readTable()
  return read
}

function readTable(): ReadonlyMap<string, TechniqueName> {
  const names = new Map<string, TechniqueName>()
  for (const line of table.trim().split('\n')) {
    const [first = '', ...subs] = line.split('|')
    const [number = '', codes = '', ...words] = first.split(' ')
    const tactics = codes.split(',').map(code => tacticCodes[code]!)
    names.set(`T${number}`, { name: words.join(' '), tactics })
    for (const sub of subs) names.set(`T${number}.${sub.slice(0, 3)}`, { name: sub.slice(4), tactics })
  }
  return names
}
