/** The kinds of source that `picket.yaml` may name: a new one is a file beside this and a line in the list. */

import { capture } from './capture.ts'
import { cloudwatch } from './cloudwatch.ts'
import { elasticsearch } from './elasticsearch.ts'
import { files } from './files.ts'
import { gelf } from './gelf.ts'
import { hec } from './hec.ts'
import { http } from './http.ts'
import { kafka } from './kafka.ts'
import { kinesis } from './kinesis.ts'
import { lumberjack } from './lumberjack.ts'
import { netflow } from './netflow.ts'
import { otlp } from './otlp.ts'
import { relp } from './relp.ts'
import { s3 } from './s3.ts'
import { sensor } from './sensor.ts'
import { smtp } from './smtp.ts'
import { syslog } from './syslog.ts'

export const sourceSchemas = [
  files,
  http,
  syslog,
  netflow,
  gelf,
  elasticsearch,
  hec,
  lumberjack,
  otlp,
  relp,
  s3,
  smtp,
  sensor,
  kinesis,
  cloudwatch,
  kafka,
  capture
] as const
