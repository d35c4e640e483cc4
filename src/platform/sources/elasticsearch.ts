/** A source of type `elasticsearch` in `picket.yaml`. */

import { z } from 'zod'
import { sourceName } from '../config-values.ts'
import { httpBounds, listening, port, shared } from './shared.ts'

export const elasticsearch = z.strictObject({
  type: z
    .literal('elasticsearch')
    .describe(
      'Takes documents as Elasticsearch does (`_bulk`), with an API token of scope `ingest`: [docs/sources/elasticsearch.md](sources/elasticsearch.md).'
    ),
  name: sourceName().describe('What the source is called in the ledger.'),
  port: port(9200).describe('The TCP port.'),
  ...listening,
  ...httpBounds,
  ...shared
})
