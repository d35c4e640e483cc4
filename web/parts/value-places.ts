/** Where else a value may be looked for: among all addresses, users, hosts and hashes of events, and at public places. Pure. */

const ipv4 = /^(?:\d{1,3}\.){3}\d{1,3}$/
const ipv6 = /^[0-9a-f:]*:[0-9a-f:]+(?:\.\d+)*$/i
const hash = /^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$/i
const domain = /^(?:[a-z0-9-]{1,63}\.)+[a-z]{2,24}$/i
const inside = /^(?:10\.|127\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.|fe80:|f[cd]|::1$)/i

const isAddress = (text: string) => ipv4.test(text) || (ipv6.test(text) && text.length >= 3)

/** The field that holds all values of this kind. */
export function relatedField(field: string, text: string): string | undefined {
  if (isAddress(text)) return 'related.ip'
  if (/(^|\.)hash\./.test(field) && hash.test(text)) return 'related.hash'
  if (/^(?:[a-z]+\.)?user\.(?:name|id|email)$/.test(field)) return 'related.user'
  if (/^(?:host\.(?:name|hostname)|[a-z]+\.domain|dns\.question\.name)$/.test(field)) return 'related.hosts'
  return undefined
}

/** Public places that know about it; what is inside of a network is nobody else's business. */
export function lookUpPlaces(field: string, text: string): readonly { name: string; url: string }[] {
  const part = encodeURIComponent(text)
  if (isAddress(text)) {
    if (inside.test(text)) return []
    return [
      { name: 'VirusTotal', url: `https://www.virustotal.com/gui/ip-address/${part}` },
      { name: 'AbuseIPDB', url: `https://www.abuseipdb.com/check/${part}` }
    ]
  }
  if (/hash/.test(field) && hash.test(text))
    return [{ name: 'VirusTotal', url: `https://www.virustotal.com/gui/file/${part}` }]
  if (/domain|dns\.question\.name|server_name/.test(field) && domain.test(text))
    return [
      { name: 'VirusTotal', url: `https://www.virustotal.com/gui/domain/${part}` },
      { name: 'urlscan.io', url: `https://urlscan.io/domain/${part}` }
    ]
  return []
}
