/** Ports that servers listen on by custom (IANA's registry, and what products use): evidence where nothing better is logged. */

const list =
  '20 ftp-data,21 ftp,22 ssh,23 telnet,25 smtp,43 whois,53 dns,67 dhcp,69 tftp,80 http,88 kerberos,110 pop3,111 rpcbind,119 nntp,123 ntp,' +
  '135 msrpc,137 netbios-ns,138 netbios-dgm,139 netbios-ssn,143 imap,161 snmp,162 snmp-trap,179 bgp,389 ldap,443 https,445 smb,' +
  '464 kpasswd,465 smtps,500 ike,514 syslog,515 lpd,546 dhcpv6,547 dhcpv6,554 rtsp,587 submission,623 ipmi,631 ipp,636 ldaps,' +
  '853 dns-tls,873 rsync,902 vmware,989 ftps-data,990 ftps,993 imaps,995 pop3s,1080 socks,1194 openvpn,1433 mssql,1434 mssql-browser,' +
  '1521 oracle,1701 l2tp,1723 pptp,1812 radius,1813 radius-accounting,1883 mqtt,2049 nfs,2181 zookeeper,2375 docker,2376 docker-tls,' +
  '2379 etcd,2380 etcd-peer,3000 web,3128 squid,3268 global-catalog,3269 global-catalog-tls,3306 mysql,3389 rdp,3478 stun,4369 epmd,' +
  '4500 ipsec-nat,4789 vxlan,5044 beats,5060 sip,5061 sips,5222 xmpp,5353 mdns,5355 llmnr,5432 postgresql,5601 kibana,5666 nrpe,' +
  '5671 amqps,5672 amqp,5900 vnc,5985 winrm,5986 winrm-tls,6081 geneve,6379 redis,6443 kubernetes-api,6514 syslog-tls,6667 irc,' +
  '7000 cassandra,7001 cassandra-tls,8000 http,8008 http,8080 http,8081 http,8086 influxdb,8088 http,8125 statsd,8140 puppet,' +
  '8443 https,8500 consul,8883 mqtts,9000 http,9042 cassandra-cql,9090 prometheus,9092 kafka,9093 kafka-tls,9100 node-exporter,' +
  '9200 elasticsearch,9300 elasticsearch-node,9418 git,10050 zabbix-agent,10051 zabbix,10250 kubelet,11211 memcached,15672 rabbitmq,' +
  '27017 mongodb,51820 wireguard'

const names = new Map(
  list.split(',').map(entry => [Number(entry.slice(0, entry.indexOf(' '))), entry.slice(entry.indexOf(' ') + 1)])
)

export function serviceName(port: number): string | undefined {
  return names.get(port)
}

/** Systems take ports for their own connections from here on (Linux 32768, IANA and Windows 49152). */
export const ephemeralFrom = 32_768
