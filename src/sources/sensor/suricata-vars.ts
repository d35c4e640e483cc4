/** What Suricata's rules call addresses and ports: the groups that Emerging Threats' rules expect, as part of a `suricata.yaml`. */

const servers = ['HTTP_SERVERS', 'SMTP_SERVERS', 'SQL_SERVERS', 'DNS_SERVERS', 'TELNET_SERVERS', 'DC_SERVERS']
const plants = ['DNP3_SERVER', 'DNP3_CLIENT', 'MODBUS_CLIENT', 'MODBUS_SERVER', 'ENIP_CLIENT', 'ENIP_SERVER']

/** `homeNet` and `externalNet` as Suricata writes them: `[10.0.0.0/8]`, `!$HOME_NET`, `any`. */
export function suricataVars(homeNet: string, externalNet: string): string {
  const groups: readonly (readonly [string, string])[] = [
    ['HOME_NET', homeNet],
    ['EXTERNAL_NET', externalNet],
    ['AIM_SERVERS', '$EXTERNAL_NET'],
    ...[...servers, ...plants].map(name => [name, '$HOME_NET'] as const)
  ]
  return `vars:
  address-groups:
${groups.map(([name, value]) => `    ${name}: ${JSON.stringify(value)}\n`).join('')}  port-groups:
    HTTP_PORTS: "80"
    SHELLCODE_PORTS: "!80"
    ORACLE_PORTS: 1521
    SSH_PORTS: 22
    DNP3_PORTS: 20000
    MODBUS_PORTS: 502
    FILE_DATA_PORTS: "[$HTTP_PORTS,110,143]"
    FTP_PORTS: 21
    GENEVE_PORTS: 6081
    VXLAN_PORTS: 4789
    TEREDO_PORTS: 3544
`
}
