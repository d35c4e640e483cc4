/** A source of type `cloudwatch` in `picket.yaml`. */

import { z } from 'zod'
import { awsSettings } from '../aws/settings.ts'
import { duration, sourceName } from '../config-values.ts'
import { shared } from './shared.ts'

const groupName = z.string().regex(/^[\w#./-]{1,512}$/, 'is not the name of a log group')

export const cloudwatch = z
  .strictObject({
    type: z
      .literal('cloudwatch')
      .describe('Asks CloudWatch Logs for new log events: [docs/sources/cloudwatch.md](sources/cloudwatch.md).'),
    name: sourceName().describe('What the source is called in the ledger.'),
    groups: z.array(groupName).max(200).prefault([]).describe('The log groups, by name.'),
    prefixes: z
      .array(groupName)
      .max(50)
      .prefault([])
      .describe('All log groups whose names begin so, also those that are made later (looked for every five minutes).'),
    streamPrefix: z.string().min(1).max(512).optional().describe('Only log streams whose names begin so.'),
    filter: z
      .string()
      .min(1)
      .max(1024)
      .optional()
      .describe('Only log events that match this pattern, in CloudWatch’s own language. Without it: all.'),
    since: duration().prefault('1h').describe('How far back a log group is read when it is met first.'),
    interval: duration().prefault('30s').describe('How long to wait between rounds.'),
    lookBack: duration()
      .prefault('30m')
      .describe(
        'How late a log event may become visible and is still found. A third of it is how often that is looked for; the last two minutes are, each round.'
      ),
    ...awsSettings,
    timezone: shared.timezone
  })
  .refine(({ groups, prefixes }) => groups.length + prefixes.length > 0, {
    path: ['groups'],
    message: 'or prefixes must name a log group'
  })
