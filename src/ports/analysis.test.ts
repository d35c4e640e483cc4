/** From flows to rules: who is the server, what is proposed under a cap, and that nothing observed is stopped by it. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cidrText, readCidr } from './cidr.ts'
import { closed, findings, replay } from './compare.ts'
import { Conversations } from './conversations.ts'
import { noneExisting, readExisting, resolveReferences } from './existing.ts'
import { type Flow, flowOf, TCP, UDP } from './flow.ts'
import { printRules } from './print-rules.ts'
import { type ProposalLimits, propose } from './proposal.ts'
import { type Rule, ruleText } from './rule.ts'
import { observe } from './services.ts'

const own = '10.0.1.5'
const limits: ProposalLimits = { maxRules: 60, maxOpenPorts: 65_536, maxSources: 4, publicFrom: 16 }

function flow(
  source: string,
  sourcePort: number,
  destination: string,
  destinationPort: number,
  more: Partial<Flow> = {}
): Flow {
  return {
    source,
    destination,
    sourcePort,
    destinationPort,
    protocol: TCP,
    accepted: true,
    began: undefined,
    by: undefined,
    refusal: false,
    direction: undefined,
    interfaceId: undefined,
    instanceId: undefined,
    startUs: 1_000_000,
    count: 1,
    ...more
  }
}

function observedOf(flows: readonly Flow[]) {
  const conversations = new Conversations({ networks: [readCidr(own)!], interfaces: new Set(), instances: new Set() })
  for (const one of flows) conversations.add(one)
  return observe(conversations)
}

const servedPorts = (flows: readonly Flow[]) =>
  observedOf(flows).services.map(({ port, evidence }) => [port, Object.keys(evidence)])

test('flags decide, also for the later windows of the connection, and against what is known of ports', () => {
  const syn = { began: 'source', by: 'flags' } as const
  assert.deepEqual(servedPorts([flow('192.0.2.1', 443, own, 50_000, syn), flow(own, 50_000, '192.0.2.1', 443)]), [
    [50_000, ['flags']]
  ])
  const answer = { began: 'destination', by: 'flags' } as const
  assert.deepEqual(servedPorts([flow(own, 50_000, '192.0.2.1', 443, answer)]), [[50_000, ['flags']]])
  // Another client's connection, of which the beginning was not logged.
  assert.deepEqual(servedPorts([flow('192.0.2.1', 443, own, 50_000, syn), flow('192.0.2.2', 443, own, 50_000)]), [
    [50_000, ['flags', 'same']]
  ])
})

test('without flags: many clients of one port, known services, ephemeral ports', () => {
  const clients = [40_001, 40_002, 40_003].map(port => flow(own, 41_000, '10.0.2.1', port))
  assert.deepEqual(servedPorts(clients), [[41_000, ['fan-in']]])
  assert.deepEqual(servedPorts([flow('10.0.2.1', 20_000, own, 5432)]), [[5432, ['known']]])
  assert.deepEqual(servedPorts([flow(own, 7123, '10.0.2.1', 45_000)]), [[7123, ['ephemeral']]])
  assert.deepEqual(servedPorts([flow('10.0.2.1', 45_000, own, 46_000)]), [[46_000, ['first']]])
  assert.deepEqual(servedPorts([flow(own, 45_000, '10.0.2.1', 443)]), [])
})

test('what was stopped or refused is not served', () => {
  const observed = observedOf([
    flow('203.0.113.9', 50_000, own, 22, { accepted: false }),
    flow('203.0.113.9', 50_001, own, 23, { began: 'source', by: 'flags' }),
    flow(own, 23, '203.0.113.9', 50_001, { refusal: true })
  ])
  assert.equal(observed.services.length, 0)
  assert.equal(observed.rejected, 1)
  assert.deepEqual(
    observed.refused.map(({ port }) => port),
    [23]
  )
})

test("an interface's own address is the one in all of its records", () => {
  const conversations = new Conversations({ networks: [], interfaces: new Set(['eni-1']), instances: new Set() })
  const at = { interfaceId: 'eni-1' }
  conversations.add(flow('198.51.100.1', 40_000, '198.51.100.9', 80, at))
  conversations.add(flow('198.51.100.9', 40_000, '198.51.100.2', 80, at))
  conversations.add(flow('10.0.0.1', 40_000, '10.0.0.2', 22, { interfaceId: 'eni-2' }))
  const observed = observe(conversations)
  assert.deepEqual(
    observed.services.map(({ port }) => port),
    [80]
  )
  assert.equal(observed.outbound, 1)
})

const began = { began: 'source', by: 'sensor' } as const

test('ports and sources share the cap; clients from everywhere mean everyone', () => {
  const flows = [
    ...Array.from({ length: 40 }, (_, i) => flow(`${20 + i}.7.7.7`, 50_000, own, 443, began)),
    ...[1, 2, 3].map(n => flow(`10.0.2.${n}`, 50_000, own, 8080 + n, began)),
    flow('198.51.100.4', 50_000, own, 22, began),
    flow('10.9.9.9', 50_000, own, 22, began)
  ]
  const { services } = observedOf(flows)
  const texts = (more: Partial<ProposalLimits>) => {
    const proposal = propose(services, { ...limits, ...more })
    return proposal.feasible ? proposal.rules.map(ruleText) : proposal.suggestion
  }
  const wide = 'tcp 443 from 0.0.0.0/0'
  const ssh = ['tcp 22 from 10.9.9.9/32', 'tcp 22 from 198.51.100.4/32']
  assert.deepEqual(texts({ maxRules: 4 }), [...ssh, wide, 'tcp 8081-8083 from 10.0.2.0/30'])
  assert.deepEqual(texts({ maxSources: 0 }), ['tcp 22 from 0.0.0.0/0', wide, 'tcp 8081-8083 from 0.0.0.0/0'])
  const impossible = texts({ maxRules: 2, maxOpenPorts: 0 })
  assert.ok(!Array.isArray(impossible))
  assert.equal(impossible.maxRules, 3)
  assert.equal(impossible.maxOpenPorts, 420)
})

test('whatever was observed, the proposal keeps its limits and lets all of it in', () => {
  const one = fc.record({
    port: fc.integer({ min: 1, max: 40 }),
    protocol: fc.constantFrom(TCP, UDP, 1),
    client: fc.oneof(
      fc.integer({ min: 1, max: 60 }).map(n => `10.0.2.${n}`),
      fc.integer({ min: 1, max: 9 }).map(n => `2001:db8::${n}`)
    )
  })
  const some = {
    maxRules: fc.integer({ min: 1, max: 12 }),
    maxOpenPorts: fc.integer({ min: 0, max: 12 }),
    maxSources: fc.integer({ min: 0, max: 3 })
  }
  fc.assert(
    fc.property(fc.array(one, { maxLength: 25 }), fc.record(some), (asked, given) => {
      const observed = observedOf(
        asked.map(({ port, protocol, client }) => flow(client, 50_000, own, port, { ...began, protocol }))
      )
      const proposal = propose(observed.services, { ...given, publicFrom: 0 })
      if (!proposal.feasible) {
        assert.ok(
          proposal.suggestion.maxRules > given.maxRules || proposal.suggestion.maxOpenPorts > given.maxOpenPorts
        )
        return
      }
      assert.ok(proposal.rules.length <= given.maxRules)
      const proof = replay(observed.inbound, proposal.rules)
      assert.deepEqual(proof.broken, [])
      const used = new Set(observed.services.map(({ protocol, port }) => `${protocol} ${port}`))
      for (const { protocol, ports } of proposal.rules) {
        if (ports === undefined) continue
        let extra = 0
        for (let port = ports.from; port <= ports.to; port++) if (!used.has(`${protocol} ${port}`)) extra++
        assert.ok(extra <= given.maxOpenPorts)
      }
    }),
    { numRuns: 300 }
  )
})

const groups = {
  SecurityGroups: [
    {
      GroupId: 'sg-1',
      GroupName: 'web',
      IpPermissions: [
        { IpProtocol: 'tcp', FromPort: 80, ToPort: 90, IpRanges: [{ CidrIp: '10.0.0.0/8' }] },
        { IpProtocol: 'tcp', FromPort: 85, ToPort: 85, IpRanges: [{ CidrIp: '10.0.2.0/24' }] },
        {
          IpProtocol: 'tcp',
          FromPort: 3389,
          ToPort: 3389,
          IpRanges: [{ CidrIp: '192.0.2.0/25' }, { CidrIp: '192.0.2.128/25' }]
        },
        {
          IpProtocol: 'tcp',
          FromPort: 9000,
          ToPort: 9000,
          UserIdGroupPairs: [{ GroupId: 'sg-2' }, { GroupId: 'sg-3' }]
        }
      ]
    }
  ]
}
const interfaces = {
  NetworkInterfaces: [{ NetworkInterfaceId: 'eni-2', PrivateIpAddress: '10.0.3.3', Groups: [{ GroupId: 'sg-2' }] }]
}

test('what is there: unused, about to break, too wide, twice, mergeable', () => {
  const existing = noneExisting()
  assert.ok(readExisting(groups, existing))
  assert.ok(readExisting(interfaces, existing))
  assert.ok(!readExisting({ Buckets: [] }, noneExisting()))
  const observed = observedOf([
    flow('10.0.2.7', 50_000, own, 80, began),
    flow('198.51.100.1', 50_000, own, 22, began),
    flow('10.0.3.3', 50_000, own, 9000, began)
  ])
  const { rules, unresolved } = resolveReferences(existing.referring, existing.members)
  assert.deepEqual(
    unresolved.map(({ refers }) => refers),
    ['sg-3']
  )
  const found = findings(observed, existing.rules, rules)
  const of = (kind: string) => found.filter(one => one.kind === kind).map(({ text }) => text)
  assert.equal(of('unused').length, 3)
  assert.deepEqual(of('breaks'), ['tcp 22 (ssh) from 198.51.100.1: 1 connections'])
  assert.deepEqual(of('too-wide'), [
    'tcp 80-90 from 10.0.0.0/8: 1 of 11 ports are used; its 1 client is in 10.0.2.7/32'
  ])
  assert.deepEqual(of('duplicate'), ['tcp 85 from 10.0.2.0/24: tcp 80-90 from 10.0.0.0/8 lets in the same already'])
  assert.deepEqual(of('mergeable'), [
    'tcp 3389 from 192.0.2.0/25 and tcp 3389 from 192.0.2.128/25 are tcp 3389 from 192.0.2.0/24'
  ])
  const proposal = propose(observed.services, limits)
  assert.ok(proposal.feasible)
  assert.equal(
    closed(
      existing.rules.map(({ rule }) => rule),
      proposal.rules
    ).length,
    4
  )
})

test('Terraform state: groups, rules of their own, members', () => {
  const existing = noneExisting()
  const resource = (type: string, attributes: object) => ({
    mode: 'managed',
    type,
    name: 'x',
    instances: [{ attributes }]
  })
  readExisting(
    {
      version: 4,
      resources: [
        resource('aws_security_group', {
          id: 'sg-1',
          name: 'web',
          ingress: [
            {
              from_port: 0,
              to_port: 0,
              protocol: '-1',
              cidr_blocks: ['10.0.0.0/8'],
              ipv6_cidr_blocks: [],
              security_groups: [],
              self: false
            }
          ]
        }),
        resource('aws_vpc_security_group_ingress_rule', {
          security_group_id: 'sg-1',
          ip_protocol: 'tcp',
          from_port: 22,
          to_port: 22,
          cidr_ipv6: '2001:db8::/32'
        }),
        resource('aws_security_group_rule', {
          type: 'ingress',
          security_group_id: 'sg-1',
          protocol: 'udp',
          from_port: 53,
          to_port: 53,
          cidr_blocks: ['10.0.0.0/8']
        }),
        resource('aws_instance', { id: 'i-1', private_ip: '10.0.1.5', vpc_security_group_ids: ['sg-1'] })
      ]
    },
    existing
  )
  assert.deepEqual(
    existing.rules.map(({ rule }) => ruleText(rule)),
    ['everything from 10.0.0.0/8', 'tcp 22 from 2001:db8::/32', 'udp 53 from 10.0.0.0/8']
  )
  assert.deepEqual([...existing.members.get('sg-1')!.addresses], ['10.0.1.5'])
  assert.deepEqual([...existing.addresses.get('i-1')!], ['10.0.1.5'])
})

test('rules as commands and templates; a name from outside cannot leave its quotes', () => {
  const rule = (ports: number, source: string): Rule => ({
    protocol: TCP,
    ports: { from: ports, to: ports },
    source: readCidr(source)!
  })
  const rules = [rule(443, '0.0.0.0/0'), rule(22, '2001:db8::/32')]
  const options = {
    group: "sg-1'; reboot",
    reason: () => 'it\'s "$' + '{x}"',
    existing: [rule(443, '0.0.0.0/0'), rule(23, '10.0.0.0/8')]
  }
  const aws = printRules('aws', rules, options)
  assert.equal(aws.split('\n').length, 3)
  assert.match(
    aws,
    /^aws ec2 authorize-security-group-ingress --group-id SECURITY_GROUP_ID --ip-permissions '\[\{[^']*2001:db8::\/32[^']*\}\]'\n/
  )
  assert.match(aws, /\naws ec2 revoke-security-group-ingress .*10\.0\.0\.0\/8/)
  assert.doesNotMatch(printRules('terraform', rules, options), /\$\{/)
  assert.match(
    printRules('terraform', rules, options),
    /resource "aws_vpc_security_group_ingress_rule" "tcp_443_from_0_0_0_0_0"/
  )
  assert.match(printRules('nftables', rules, options), /ip6 saddr 2001:db8::\/32 tcp dport 22 accept/)
  assert.match(printRules('nftables', rules, options), /meta nfproto ipv4 tcp dport 443 accept/)
  const template = JSON.parse(printRules('cloudformation', rules, options))
  assert.equal(Object.keys(template.Resources).length, 2)
  assert.ok(rules.every(({ source }) => printRules('cloudformation', rules, options).includes(cidrText(source))))
})

test('alerts, and what Suricata says beside its flows, are no flows; its flows tell who began', () => {
  const ends = {
    source: { ip: '10.0.2.7', port: 50_000 },
    destination: { ip: own, port: 80 },
    network: { transport: 'tcp' }
  }
  assert.equal(flowOf({ ...ends, event: { kind: 'alert' } }, 1), undefined)
  assert.equal(flowOf({ ...ends, suricata: { eve: { event_type: 'fileinfo' } } }, 1), undefined)
  assert.equal(flowOf({ ...ends, suricata: { eve: { event_type: 'flow' } } }, 1)?.began, 'source')
  // Flags of other exporters: SYN with ACK is a beginning as well as an answer.
  assert.equal(flowOf({ ...ends, netflow: { tcp_control_bits: 18 } }, 1)?.began, undefined)
  assert.equal(flowOf({ ...ends, aws: { vpcflow: { tcp_flags: '18' } } }, 1)?.began, 'destination')
  assert.equal(flowOf({ ...ends, event: { action: 'reject' } }, 1)?.accepted, false)
})
