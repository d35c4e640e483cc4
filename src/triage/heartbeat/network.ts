/** Test attacks for what sensors, flow exporters and name servers log. */

import {
  type Attack,
  attackerOf,
  hostOf,
  iso,
  isoSecond,
  jndi,
  json,
  namedTime,
  numberOf,
  seconds,
  victim
} from './attack.ts'

const log4shell = 'A web request with a log4shell string'
const mining = 'The name of a mining pool is asked for'
const pool = (unique: string): string => `heartbeat-${unique}.pool.supportxmr.com`

export const networkAttacks: readonly Attack[] = [
  {
    format: 'suricata',
    title: 'An exploit that the network sensor saw',
    record: (ms, unique) =>
      json({
        timestamp: iso(ms).replace('Z', '000+0000'),
        flow_id: numberOf(unique),
        in_iface: 'heartbeat',
        event_type: 'alert',
        src_ip: attackerOf(unique),
        src_port: 43210,
        dest_ip: victim,
        dest_port: 80,
        proto: 'TCP',
        alert: {
          action: 'allowed',
          gid: 1,
          signature_id: 2034647,
          rev: 1,
          signature: 'ET EXPLOIT Apache log4j RCE Attempt (http ldap) (CVE-2021-44228)',
          category: 'Attempted Administrator Privilege Gain',
          severity: 1
        },
        http: {
          hostname: hostOf(unique),
          url: `/?x=${jndi(unique)}`,
          http_user_agent: jndi(unique),
          http_method: 'GET',
          protocol: 'HTTP/1.1',
          status: 404,
          length: 153
        },
        app_proto: 'http'
      })
  },
  {
    format: 'zeek-json',
    title: log4shell,
    record: (ms, unique) =>
      json({
        ts: ms / 1000,
        uid: `C${unique}heartbeat`,
        'id.orig_h': attackerOf(unique),
        'id.orig_p': 43210,
        'id.resp_h': victim,
        'id.resp_p': 80,
        trans_depth: 1,
        method: 'GET',
        host: hostOf(unique),
        uri: `/?x=${jndi(unique)}`,
        version: '1.1',
        user_agent: jndi(unique),
        request_body_len: 0,
        response_body_len: 153,
        status_code: 404,
        status_msg: 'Not Found',
        tags: []
      })
  },
  {
    format: 'zeek-tsv',
    title: mining,
    header: [
      '#separator \\x09',
      '#set_separator\t,',
      '#empty_field\t(empty)',
      '#unset_field\t-',
      '#path\tdns',
      '#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\ttrans_id\tquery\tqclass\tqclass_name\tqtype\tqtype_name',
      '#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tcount\tstring\tcount\tstring\tcount\tstring'
    ],
    record: (ms, unique) =>
      `${(ms / 1000).toFixed(6)}\tC${unique}\t${attackerOf(unique)}\t43210\t${victim}\t53\tudp\t1\t${pool(unique)}\t1\tC_INTERNET\t1\tA`
  },
  {
    format: 'vpc-flow',
    title: 'Remote desktop reached from the Internet',
    header: [
      'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status'
    ],
    record: (ms, unique) =>
      `2 123456789012 eni-0${unique}0${unique} ${attackerOf(unique)} 10.0.0.10 43210 3389 6 20 4249 ${seconds(ms)} ${seconds(ms) + 5} ACCEPT OK`
  },
  {
    format: 'netflow',
    title: 'Telnet is spoken',
    record: (ms, unique) =>
      json({
        type: 'netflow_flow',
        timestamp: iso(ms),
        exporter: { version: 9, timestamp: iso(ms), uptime_millis: 600_000, address: `${victim}:2055`, source_id: 0 },
        netflow: {
          source_ipv4_address: attackerOf(unique),
          destination_ipv4_address: '10.0.0.10',
          source_transport_port: 1024 + (numberOf(unique) % 60_000),
          destination_transport_port: 23,
          protocol_identifier: 6,
          octet_delta_count: 1000,
          packet_delta_count: 10,
          reverse_octet_delta_count: 900,
          reverse_packet_delta_count: 9,
          flow_start_sys_up_time: 599_000,
          flow_end_sys_up_time: 600_000,
          tcp_control_bits: 27
        }
      })
  },
  {
    format: 'bind-log',
    title: mining,
    record: (ms, unique) =>
      `${namedTime(ms)} queries: info: client @0x7f2a${unique} ${attackerOf(unique)}#43210 (${pool(unique)}): query: ${pool(unique)} IN A +E(0)K (${victim})`
  },
  {
    format: 'unbound-log',
    title: mining,
    record: (ms, unique) =>
      `[${seconds(ms)}] unbound[812:0] info: ${attackerOf(unique)} ${pool(unique)}. A IN NOERROR 0.003412 1 62`
  },
  {
    format: 'aws-route53-resolver',
    title: mining,
    record: (ms, unique) =>
      json({
        version: '1.100000',
        account_id: '123456789012',
        region: 'eu-central-1',
        vpc_id: 'vpc-0a1b2c3d',
        query_timestamp: isoSecond(ms),
        query_name: `${pool(unique)}.`,
        query_type: 'A',
        query_class: 'IN',
        rcode: 'NOERROR',
        answers: [],
        srcaddr: attackerOf(unique),
        srcport: '43210',
        transport: 'UDP',
        srcids: { instance: `i-0${unique}0${unique}` }
      })
  }
]
