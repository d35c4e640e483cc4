/**
 * Picket's decoder of captures against tshark's fields on the same files: real programs' traffic from network namespaces, the same in other
 * forms of file, and odd packets that scapy writes. Skipped where tshark is not installed.
 */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createReadStream, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { communityId } from '../../src/core/community-id.ts'
import { captureRecords } from '../../src/packets/decode-capture.ts'
import { pythonWith, runPython } from './python.ts'

const skip = spawnSync('tshark', ['--version']).status === 0 ? false : 'tshark is not installed'
const folder = mkdtempSync(join(tmpdir(), 'picket-tshark-'))
const real = join(folder, 'real.pcap')
let why: string | undefined

before(() => {
  if (skip !== false) return
  const script = join(import.meta.dirname, 'packets-traffic.sh')
  const made = spawnSync('bash', [script, real], { encoding: 'utf8', timeout: 120_000 })
  if (!existsSync(real)) why = `no traffic could be made: ${made.stderr.slice(0, 300)}`
})
after(() => rmSync(folder, { recursive: true, force: true }))

type Section = Readonly<Record<string, unknown>>
type Made = {
  readonly type: string
  readonly timestamp: string
  readonly transport: string
  readonly src_ip: string
  readonly src_port?: number
  readonly dest_ip: string
  readonly dest_port?: number
  readonly src_bytes: number
  readonly dest_bytes: number
  readonly src_packets: number
  readonly dest_packets: number
  readonly icmp_type?: number
  readonly icmp_code?: number
  readonly app?: string
  readonly vlan?: readonly number[]
  readonly tunnel?: { readonly type: string; readonly id?: number }
  readonly http: Section
  readonly dns: Section & { readonly answers?: readonly { readonly type: string; readonly data: string }[] }
  readonly tls: Section & { readonly certificate?: Section }
  readonly ssh: Section
  readonly dhcp: Section
}

async function decoded(file: string): Promise<Made[]> {
  const records: Made[] = []
  for await (const batch of captureRecords(createReadStream(file)))
    for (const text of batch) records.push(JSON.parse(text))
  return records
}

const of = (records: readonly Made[], type: string): Made[] => records.filter(each => each.type === `packets_${type}`)

/** Rows of fields, as tshark reads them. Several values of one field stand with a bar between. */
function tshark(file: string, filter: string, fields: readonly string[], more: readonly string[] = []): string[][] {
  const args = ['-r', file, '-n', ...more, '-Y', filter, '-T', 'fields', '-E', 'aggregator=|', '-E', 'separator=/t']
  const { stdout, status, stderr } = spawnSync('tshark', [...args, ...fields.flatMap(field => ['-e', field])], {
    encoding: 'utf8',
    maxBuffer: 256 << 20,
    timeout: 120_000
  })
  assert.equal(status, 0, stderr)
  return stdout
    .split('\n')
    .filter(line => line !== '')
    .map(line => line.split('\t'))
}

const sorted = (rows: readonly (readonly unknown[])[]): string[] => rows.map(row => JSON.stringify(row)).sort()

function idOf(flow: Made): string {
  return (
    communityId({
      sourceIp: flow.src_ip,
      destinationIp: flow.dest_ip,
      sourcePort: flow.src_port,
      destinationPort: flow.dest_port,
      transport: flow.transport,
      icmpType: flow.icmp_type,
      icmpCode: flow.icmp_code
    }) ?? ''
  )
}

function traffic(name: string, body: () => Promise<void>): void {
  test(name, { skip }, async context => {
    if (why !== undefined) return context.skip(why)
    await body()
  })
}

traffic('flows: Community ID and packets of each', async () => {
  const theirs = new Map<string, number>()
  for (const [id] of tshark(real, 'communityid', ['communityid'], ['--enable-protocol', 'communityid']))
    theirs.set(id!, (theirs.get(id!) ?? 0) + 1)
  const ours = new Map<string, number>()
  for (const flow of of(await decoded(real), 'flow')) {
    const id = idOf(flow)
    ours.set(id, (ours.get(id) ?? 0) + flow.src_packets + flow.dest_packets)
  }
  assert.ok(theirs.size > 15, `${theirs.size} flows`)
  assert.deepEqual([...ours].sort(), [...theirs].sort())
})

traffic('connections: who began, bytes and packets of each side', async () => {
  const streams = new Map<
    string,
    { from: string; out: number; back: number; outPackets: number; backPackets: number }
  >()
  const fields = ['tcp.stream', 'ip.src', 'ipv6.src', 'tcp.srcport', 'ip.len', 'ipv6.plen']
  for (const [stream, four, six, port, length, plen] of tshark(real, 'tcp', fields)) {
    const from = `${four || six} ${port}`
    const size = length === '' ? Number(plen) + 40 : Number(length)
    const each = streams.get(stream!) ?? { from, out: 0, back: 0, outPackets: 0, backPackets: 0 }
    streams.set(stream!, each)
    if (from === each.from) {
      each.out += size
      each.outPackets++
    } else {
      each.back += size
      each.backPackets++
    }
  }
  const ours = of(await decoded(real), 'flow').filter(({ transport }) => transport === 'tcp')
  assert.ok(streams.size >= 8)
  assert.deepEqual(
    sorted(ours.map(f => [`${f.src_ip} ${f.src_port}`, f.src_bytes, f.dest_bytes, f.src_packets, f.dest_packets])),
    sorted([...streams.values()].map(s => [s.from, s.out, s.back, s.outPackets, s.backPackets]))
  )
})

traffic('DNS: questions with their answers, over UDP and TCP', async () => {
  const fields = ['dns.id', 'dns.qry.name', 'dns.flags.rcode', 'dns.a', 'dns.aaaa', 'dns.cname', 'dns.txt']
  const theirs = tshark(real, 'dns && dns.flags.response == 1 && !mdns', fields).map(
    ([id, name, rcode, a, aaaa, cname, txt]) => [
      Number(id),
      name,
      ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'][Number(rcode)],
      [a, aaaa, cname, txt].flatMap(text => (text === '' ? [] : text!.split('|'))).sort()
    ]
  )
  const dns = of(await decoded(real), 'dns').filter(({ dest_port }) => dest_port === 53)
  const answered = dns.filter(each => each.dns['rcode'] !== undefined)
  assert.ok(theirs.length >= 7)
  assert.deepEqual(
    sorted(answered.map(({ dns: d }) => [d['id'], d['query'], d['rcode'], (d.answers ?? []).map(a => a.data).sort()])),
    sorted(theirs)
  )
  assert.ok(answered.some(({ transport }) => transport === 'tcp'))
})

traffic('TLS: names, JA3, JA3S, ALPN, certificates', async () => {
  const hellos = tshark(real, 'tls.handshake.type == 1', [
    'tcp.srcport',
    'tls.handshake.extensions_server_name',
    'tls.handshake.ja3',
    'tls.handshake.ja3_full',
    'tls.handshake.extensions_alpn_str'
  ])
  const tls = of(await decoded(real), 'tls')
  assert.ok(hellos.length >= 3)
  assert.deepEqual(
    sorted(
      tls.map(each => [
        String(each.src_port),
        each.tls['sni'] ?? '',
        each.tls['ja3'],
        each.tls['ja3_full'],
        ((each.tls['client_alpn'] as string[]) ?? []).join('|')
      ])
    ),
    sorted(hellos)
  )
  const answers = tshark(real, 'tls.handshake.type == 2', ['tcp.dstport', 'tls.handshake.ja3s'])
  assert.deepEqual(sorted(tls.map(each => [String(each.src_port), each.tls['ja3s']])), sorted(answers))
  const certificates = tshark(real, 'tls.handshake.type == 11', [
    'tcp.dstport',
    'x509ce.dNSName',
    'x509af.serialNumber',
    'tls.handshake.certificate'
  ])
  const withCertificate = tls.filter(each => each.tls.certificate !== undefined)
  assert.ok(certificates.length >= 1)
  const { createHash } = await import('node:crypto')
  assert.deepEqual(
    sorted(
      withCertificate.map(({ src_port, tls: { certificate } }) => [
        String(src_port),
        (certificate!['names'] as string[]).filter(name => /[a-z]/.test(name)).join('|'),
        String(certificate!['serial']).toLowerCase(),
        certificate!['sha256']
      ])
    ),
    sorted(
      certificates.map(([port, names, serial, hex]) => [
        port,
        names,
        serial!.replace(/^0x|:/g, '').replace(/^(00)+/, ''),
        createHash('sha256')
          .update(Buffer.from(hex!.replaceAll(':', ''), 'hex'))
          .digest('hex')
      ])
    )
  )
  assert.equal(withCertificate[0]!.tls.certificate!['subject'], 'C=DE, O=Example Org, CN=server.example')
  assert.deepEqual(new Set(tls.map(each => each.tls['version'])), new Set(['TLS 1.2', 'TLS 1.3']))
})

traffic('HTTP: requests and their answers', async () => {
  const asked = tshark(real, 'http.request', [
    'tcp.srcport',
    'http.request.method',
    'http.request.uri',
    'http.host',
    'http.user_agent',
    'http.referer'
  ])
  const http = of(await decoded(real), 'http')
  assert.ok(asked.length >= 4)
  assert.deepEqual(
    sorted(
      http.map(({ src_port, http: h }) => [
        String(src_port),
        h['method'],
        h['uri'],
        h['host'],
        h['user_agent'],
        h['referrer'] ?? ''
      ])
    ),
    sorted(asked)
  )
  const answered = tshark(real, 'http.response', ['tcp.dstport', 'http.response.code', 'http.content_length'])
  assert.deepEqual(
    sorted(http.map(({ src_port, http: h }) => [String(src_port), String(h['status']), String(h['response_bytes'])])),
    sorted(answered)
  )
})

traffic('SSH: banners and HASSH', async () => {
  const banners = tshark(real, 'ssh.protocol', ['ssh.protocol']).flat()
  const [client] = tshark(real, 'ssh.kex.hassh', ['ssh.kex.hassh'])
  const [server] = tshark(real, 'ssh.kex.hasshserver', ['ssh.kex.hasshserver'])
  const [ssh] = of(await decoded(real), 'ssh')
  if (banners.length === 0) return assert.equal(ssh, undefined)
  assert.deepEqual([ssh!.ssh['client'], ssh!.ssh['server']].sort(), banners.sort())
  assert.deepEqual([ssh!.ssh['hassh'], ssh!.ssh['hassh_server']], [client?.[0], server?.[0]])
})

traffic('every form of file that editcap writes is read alike', async () => {
  if (spawnSync('editcap', ['--version']).status !== 0) return
  const text = (records: readonly Made[]) =>
    records.map(record => JSON.stringify(record).replace(/(\.\d{6})000Z/g, '$1Z'))
  const expected = text(await decoded(real))
  for (const form of ['pcapng', 'nsecpcap', 'pcap']) {
    const file = join(folder, `form.${form}`)
    assert.equal(spawnSync('editcap', ['-F', form, real, file]).status, 0)
    assert.deepEqual(text(await decoded(file)), expected, form)
  }
})

const odd = `
import sys
from scapy.all import *
from scapy.layers.vxlan import VXLAN
conf.verb = 0
def eth(vlans=()):
    p = Ether(src='02:00:00:00:00:01', dst='02:00:00:00:00:02')
    for v in vlans: p = p / Dot1Q(vlan=v)
    return p
def tcp(ip, s, d): return ip / TCP(sport=s, dport=d, flags='S', seq=1)
out = []
out.append(('vlan', tcp(eth([10]) / IP(src='10.1.0.1', dst='10.1.0.2'), 1001, 80)))
out.append(('qinq', Ether(src='02:00:00:00:00:01', dst='02:00:00:00:00:02', type=0x88a8) / Dot1AD(vlan=100) / Dot1Q(vlan=200) / IP(src='10.1.0.1', dst='10.1.0.3') / TCP(sport=1002, dport=80)))
out.append(('options', tcp(eth() / IP(src='10.1.0.1', dst='10.1.0.4', options=[IPOption(b'\\x94\\x04\\x00\\x00')]), 1003, 80)))
out.append(('gre', eth() / IP(src='172.16.0.1', dst='172.16.0.2') / GRE() / IP(src='10.2.0.1', dst='10.2.0.2') / UDP(sport=2001, dport=9) / Raw(b'x' * 20)))
out.append(('gre-key', eth() / IP(src='172.16.0.1', dst='172.16.0.3') / GRE(key_present=1, key=77, seqnum_present=1) / IP(src='10.2.0.1', dst='10.2.0.3') / UDP(sport=2002, dport=9) / Raw(b'x')))
out.append(('gre-eth', eth() / IP(src='172.16.0.1', dst='172.16.0.4') / GRE(proto=0x6558) / Ether() / IP(src='10.2.0.1', dst='10.2.0.4') / UDP(sport=2003, dport=9) / Raw(b'x')))
out.append(('vxlan', eth() / IP(src='172.16.0.1', dst='172.16.0.5') / UDP(sport=40000, dport=4789) / VXLAN(vni=4242, flags=8) / Ether() / IP(src='10.3.0.1', dst='10.3.0.2') / TCP(sport=3001, dport=22)))
out.append(('ipip', eth() / IP(src='172.16.0.1', dst='172.16.0.6') / IP(src='10.4.0.1', dst='10.4.0.2') / UDP(sport=4001, dport=9) / Raw(b'x')))
out.append(('6in4', eth() / IP(src='172.16.0.1', dst='172.16.0.7', proto=41) / IPv6(src='2001:db8::1', dst='2001:db8::2') / UDP(sport=4002, dport=9) / Raw(b'x')))
out.append(('ext', eth() / IPv6(src='2001:db8::1', dst='2001:db8::3') / IPv6ExtHdrHopByHop() / IPv6ExtHdrDestOpt() / IPv6ExtHdrRouting(type=0, addresses=[]) / UDP(sport=5001, dport=9) / Raw(b'x')))
out += [('fragments', f) for f in fragment(eth() / IP(src='10.5.0.1', dst='10.5.0.2', id=7) / UDP(sport=6001, dport=9) / Raw(b'y' * 4000), fragsize=1400)]
out += [('fragments6', f) for f in fragment6(eth() / IPv6(src='2001:db8::1', dst='2001:db8::4') / IPv6ExtHdrFragment(id=9) / UDP(sport=6002, dport=9) / Raw(b'z' * 4000), 1400)]
out.append(('icmp', eth() / IP(src='10.6.0.1', dst='10.6.0.2') / ICMP(type=8) / Raw(b'p')))
out.append(('icmp', eth() / IP(src='10.6.0.2', dst='10.6.0.1') / ICMP(type=0) / Raw(b'p')))
out.append(('unreachable', eth() / IP(src='10.6.0.9', dst='10.6.0.1') / ICMP(type=3, code=3) / IP(src='10.6.0.1', dst='10.6.0.9') / UDP(sport=1, dport=2)))
out.append(('ns', eth() / IPv6(src='fe80::1', dst='ff02::1:ff00:2') / ICMPv6ND_NS(tgt='fe80::2')))
out.append(('sctp', eth() / IP(src='10.7.0.1', dst='10.7.0.2') / SCTP(sport=7001, dport=7002) / SCTPChunkInit()))
mac = '02:00:00:00:00:05'
out.append(('dhcp', Ether(src=mac, dst='ff:ff:ff:ff:ff:ff') / IP(src='0.0.0.0', dst='255.255.255.255') / UDP(sport=68, dport=67) / BOOTP(op=1, chaddr=bytes.fromhex(mac.replace(':', '')), xid=0x0a0b0c0d) / DHCP(options=[('message-type', 'request'), ('requested_addr', '192.168.1.50'), ('server_id', '192.168.1.1'), ('hostname', b'printer'), 'end'])))
out.append(('arp', Ether() / ARP()))
for i, (name, p) in enumerate(out): p.time = 1750000000 + i * 0.001
wrpcap(sys.argv[1], [p for name, p in out])
wrpcap(sys.argv[2], [p[IP] for name, p in out if name in ('options', 'fragments', 'icmp')], linktype=101)
from scapy.layers.l2 import CookedLinux
wrpcap(sys.argv[3], [CookedLinux(src=b'\\x02\\x00\\x00\\x00\\x00\\x01', lladdrlen=6) / p[IP] for name, p in out if name in ('options', 'icmp')], linktype=113)
`

test('odd packets: tags, tunnels, extension headers, fragments', { skip }, async context => {
  const python = pythonWith(['scapy==2.6.1'])
  if (typeof python === 'string') return context.skip(python)
  const [file, raw, cooked] = [join(folder, 'odd.pcap'), join(folder, 'raw.pcap'), join(folder, 'cooked.pcap')]
  await runPython(python, odd, [file, raw, cooked])
  // What tshark finds innermost is what the flow within the tunnel has; its last fragment has the whole.
  const fields = ['ip.src', 'ipv6.src', 'udp.srcport', 'tcp.srcport', 'sctp.srcport', 'ip.dst', 'ipv6.dst']
  const ports = ['udp.dstport', 'tcp.dstport', 'sctp.dstport']
  const last = (text: string | undefined) => text!.split('|').at(-1)!
  const rows = tshark(file, '(tcp || udp || sctp) && !icmp', [...fields, ...ports])
  const theirs = rows.map(row => {
    const [ip, ip6, udp, tcp, sctp, to, to6, udpTo, tcpTo, sctpTo] = row.map(last)
    // In a tunnel of the other version, the last layer is the one with the ports.
    const six = ip6 !== '' && !(row[0]!.includes('|') || (ip !== '' && ip6!.startsWith('fe80')))
    return [six ? ip6 : ip, Number(tcp || sctp || udp), six ? to6 : to, Number(tcpTo || sctpTo || udpTo)]
  })
  const records = await decoded(file)
  const flows = of(records, 'flow')
  const ours = flows
    .filter(flow => flow.app !== 'vxlan' && flow.src_port !== undefined)
    .map(flow => [flow.src_ip, flow.src_port, flow.dest_ip, flow.dest_port])
  assert.ok(theirs.length >= 14)
  assert.deepEqual(sorted(ours), sorted(theirs))

  const flowTo = (address: string) => flows.find(flow => flow.dest_ip === address)!
  assert.deepEqual(flowTo('10.1.0.2').vlan, [10])
  assert.deepEqual(flowTo('10.1.0.3').vlan, [100, 200])
  assert.deepEqual([flowTo('10.2.0.2').tunnel?.type, flowTo('10.2.0.3').tunnel?.id], ['gre', 77])
  assert.deepEqual([flowTo('10.3.0.2').tunnel?.type, flowTo('10.3.0.2').tunnel?.id], ['vxlan', 4242])
  assert.equal(flowTo('10.4.0.2').tunnel?.type, 'ipip')
  assert.equal(flowTo('2001:db8::2').tunnel?.type, 'ip6ip')
  assert.equal(flowTo('10.5.0.2').src_packets, 3)
  assert.ok(flowTo('2001:db8::4').src_packets >= 3)
  assert.equal(flows.filter(flow => flow.transport === 'icmp').length, 2)
  const [dhcp] = of(records, 'dhcp')
  const [seen] = tshark(file, 'dhcp', ['dhcp.hw.mac_addr', 'dhcp.option.hostname', 'dhcp.option.requested_ip_address'])
  assert.deepEqual(
    [
      String(dhcp!.dhcp['client_mac']).replaceAll('-', ':').toLowerCase(),
      dhcp!.dhcp['hostname'],
      dhcp!.dhcp['requested_ip']
    ],
    seen
  )
  const names = (made: readonly Made[]) =>
    of(made, 'flow').map(flow => `${flow.src_ip} ${flow.dest_ip} ${flow.src_packets}`)
  assert.deepEqual(names(await decoded(raw)).sort(), [
    '10.1.0.1 10.1.0.4 1',
    '10.5.0.1 10.5.0.2 3',
    '10.6.0.1 10.6.0.2 1'
  ])
  assert.deepEqual(names(await decoded(cooked)).sort(), ['10.1.0.1 10.1.0.4 1', '10.6.0.1 10.6.0.2 1'])
})
