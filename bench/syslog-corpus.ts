/** Syslog as the machines of an office send it: web servers, logins, a firewall, cron, applications. The same number gives the same line. */

export function syslogLine(i: number, atMs: number): string {
  const iso = new Date(atMs).toISOString()
  const bsd = `${months[new Date(atMs).getUTCMonth()]} ${String(new Date(atMs).getUTCDate()).padStart(2, ' ')} ${iso.slice(11, 19)}`
  const port = 1024 + (i % 60_000)
  switch (i % 5) {
    case 0:
      return `<134>1 ${iso} web-${i % 20} nginx ${1000 + (i % 50)} - - GET /api/items/${i} 200 ${i % 5000} 0.${i % 1000}`
    case 1:
      return `<86>${bsd} bastion-${i % 8} sshd[${4000 + (i % 500)}]: Accepted publickey for deploy from 10.20.${i % 100}.${i % 250} port ${port} ssh2`
    case 2:
      return `<166>${iso.slice(0, 19)}Z fw1 : %ASA-6-302013: Built outbound TCP connection ${i} for outside:192.0.2.${i % 250}/443 (192.0.2.${i % 250}/443) to inside:10.1.1.${i % 250}/${port} (10.1.1.${i % 250}/${port})`
    case 3:
      return `<78>${bsd} host-${i % 20} CRON[${2000 + (i % 999)}]: (root) CMD (/usr/lib/php/sessionclean ${i})`
    default:
      return `<13>1 ${iso} app-${i % 30} billing ${3000 + (i % 40)} - - invoice ${i} was paid by customer ${i % 7919}`
  }
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
