/** A source of type `otlp` in `picket.yaml`. */

import { z } from 'zod'
import { size, sourceName } from '../config-values.ts'
import { httpBounds, listening, port, shared } from './shared.ts'

export const otlp = z.strictObject({
  type: z
    .literal('otlp')
    .describe(
      'Takes OpenTelemetry logs over HTTP (OTLP, JSON and protobuf), with an API token of scope `ingest`: [docs/sources/opentelemetry.md](sources/opentelemetry.md).'
    ),
  name: sourceName().describe('What the source is called in the ledger.'),
  port: port(4318).describe('The TCP port.'),
  ...listening,
  ...httpBounds,
  requestBytesMax: size().prefault('20MB').describe('The largest body of a request, inflated.'),
  timezone: shared.timezone
})
