/** The macOS unified log as people read about it. */

import type { FormatDescription } from '../../core/parser.ts'

export const unifiedLogDescription: FormatDescription = {
  reads:
    'Entries of the macOS unified log as JSON: log, activity, signpost and other entries of `log show` and `log stream` with ' +
    '`--style ndjson` or `--style json`. The categories follow from the subsystem. Apple events are taken apart.',
  from:
    '`log show --last 1d --style ndjson > mac.ndjson`, or `log show --archive system_logs.logarchive --style ndjson`. ' +
    'Filter with `--predicate` where it is too much; `--info --debug` adds those levels.',
  specifications: ['log(1)', 'https://developer.apple.com/documentation/os/logging'],
  sample:
    '{"timestamp":"2025-01-01 01:00:00.123456+0100","eventType":"logEvent","messageType":"Default","subsystem":"com.apple.TCC",' +
    '"category":"access","processImagePath":"/usr/sbin/tccd","processID":311,"userID":0,"threadID":4711,"traceID":0,' +
    '"eventMessage":"AUTHREQ_RESULT: msgID=1.2, authValue=0","machTimestamp":123456789}',
  mapping: [
    ['message', '`eventMessage`'],
    ['event.provider', '`subsystem`'],
    [
      'event.category, event.type',
      '`subsystem`',
      '`com.apple.TCC` is configuration/access, `com.apple.opendirectory` authentication …'
    ],
    ['log.level', '`messageType`', 'Default and Info are info, Fault is critical'],
    ['process.executable, process.name, process.pid, process.thread.id', '`processImagePath`, `processID`, `threadID`'],
    ['user.id', '`userID`'],
    ['dll.path, dll.name', '`senderImagePath`'],
    ['unified_log.*', 'the rest', '`unified_log.subsystem`, `unified_log.category`, `unified_log.activity_id` …'],
    ['apple_event.*', '`eventMessage` of `com.apple.appleevents`']
  ]
}

export const unifiedLogTextDescription: FormatDescription = {
  reads:
    'The macOS unified log as `log show` and `log stream` print it without `--style`, or with `--style compact`. JSON says more: ' +
    '[unified-log](unified-log.md).',
  from: '`log show --last 1h > mac.log`. The compact style has local times without a zone: import with `--timezone`.',
  specifications: ['log(1)'],
  sample:
    '2025-01-01 01:00:00.123456+0100 0x1267     Default     0x1a2b               311    0    tccd: (TCC) [com.apple.TCC:access] ' +
    'AUTHREQ_RESULT: msgID=1.2, authValue=0',
  mapping: [
    ['message', 'the message'],
    ['event.provider, unified_log.subsystem, unified_log.category', '`[subsystem:category]`'],
    ['log.level, unified_log.message_type', 'Default, Info, Debug, Error, Fault', 'compact: Df, I, Db, E, F'],
    ['process.name, process.pid, process.thread.id', 'process, pid, thread'],
    ['dll.name', '`(library)`']
  ]
}
