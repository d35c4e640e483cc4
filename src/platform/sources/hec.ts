/** A source of type `hec` in `picket.yaml`. */

import { z } from 'zod'
import { sourceName } from '../config-values.ts'
import { httpBounds, listening, port, shared } from './shared.ts'

export const hec = z.strictObject({
  type: z
    .literal('hec')
    .describe(
      'Takes events as Splunk does over HTTP (HEC), with an API token of scope `ingest`: [docs/sources/hec.md](sources/hec.md).'
    ),
  name: sourceName().describe('What the source is called in the ledger.'),
  port: port(8088).describe('The TCP port.'),
  ...listening,
  ...httpBounds,
  ...shared
})
