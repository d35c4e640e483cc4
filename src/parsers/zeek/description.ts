/** What a person reads about Zeek's logs, in their two forms. */

import type { FormatDescription } from '../../core/parser.ts'

const shared = {
  specifications: ['Book of Zeek, Zeek Log Formats and Inspection', 'the log records of Zeek 7’s scripts'],
  mapping: [
    ['@timestamp', 'ts'],
    ['event.dataset', 'the log’s name (`zeek.connection`, `zeek.dns` …)'],
    ['event.category, event.type, event.action, event.outcome', 'the log, and what it says'],
    [
      'source.*, destination.*',
      'id.orig_h, id.orig_p, id.resp_h, id.resp_p, orig_bytes, resp_bytes, orig_pkts, resp_pkts …'
    ],
    ['network.*', 'proto, service, conn_state, history; the Community ID is computed'],
    ['event.id', 'uid', 'also zeek.session_id'],
    ['dns.*, http.*, url.*, user_agent.*, tls.*, file.*, rule.*', 'the logs of those names'],
    ['related.ip, related.hosts, related.user, related.hash', 'every address, name, user and hash'],
    ['zeek.*', 'everything, below the log’s name']
  ]
} satisfies Partial<FormatDescription>

export const jsonDescription: FormatDescription = {
  reads:
    'Zeek’s logs as JSON (`LogAscii::use_json=T`), one file a log or all in one stream (`_path` names the log; without it the fields do): ' +
    'conn, dns, http, ssl, x509, files, notice, weird, ssh, smb, kerberos, ntlm, rdp, ftp, smtp, dhcp, snmp, sip, rfb, tunnel and the rest.',
  from: 'Zeek writes to `logs/current` and rotates into a folder a day. Import the folder, or follow the files.',
  sample:
    '{"ts":1772352942.120034,"uid":"CAcJw21BbVedgFnYH3","id.orig_h":"10.0.0.5","id.orig_p":51022,"id.resp_h":"192.0.2.7","id.resp_p":443,"proto":"tcp","service":"ssl","duration":1.5,"orig_bytes":520,"resp_bytes":3400,"conn_state":"SF","local_orig":true,"history":"ShADadFf","orig_pkts":9,"orig_ip_bytes":1000,"resp_pkts":8,"resp_ip_bytes":3820}',
  ...shared
}

export const tsvDescription: FormatDescription = {
  reads:
    'Zeek’s logs in their own form: columns between tabs below `#fields` and `#types`, with whatever separators the header names. The same ' +
    'logs as in JSON.',
  from: 'Zeek writes to `logs/current` and rotates into a folder a day, packed. Import the folder as it is, or follow the files.',
  sample: [
    '#separator \\x09',
    '#set_separator\t,',
    '#empty_field\t(empty)',
    '#unset_field\t-',
    '#path\tdns',
    '#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\ttrans_id\tquery\tqclass\tqclass_name\tqtype\tqtype_name\trcode\trcode_name',
    '#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tcount\tstring\tcount\tstring\tcount\tstring\tcount\tstring',
    '1772352942.120034\tCAcJw21BbVedgFnYH3\t10.0.0.5\t51022\t10.0.0.53\t53\tudp\t7\twww.example.com\t1\tC_INTERNET\t1\tA\t0\tNOERROR'
  ].join('\n'),
  ...shared
}
