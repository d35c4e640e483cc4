/** A source of type `http` in `picket.yaml`. */

import { z } from 'zod'
import { sourceName } from '../config-values.ts'
import { shared } from './shared.ts'

export const http = z.strictObject({
  type: z
    .literal('http')
    .describe('Takes records that are posted to `/api/ingest/NAME` with a token of scope `ingest`.'),
  name: sourceName().describe('What the source is called in the ledger, and in its address.'),
  ...shared
})
