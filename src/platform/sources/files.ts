/** A source of type `files` in `picket.yaml`. */

import { z } from 'zod'
import { sourceName } from '../config-values.ts'
import { shared } from './shared.ts'

export const files = z.strictObject({
  type: z.literal('files').describe('Watches files and folders, from the beginning and through rotation.'),
  name: sourceName().describe('What the source is called in the ledger.'),
  paths: z
    .array(z.string().min(1).max(4096))
    .min(1)
    .max(1000)
    .describe("Files, folders or patterns: `/var/log/suricata/eve.json`, `'/var/log/zeek/**/*.log'`."),
  ...shared
})
