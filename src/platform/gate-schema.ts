/** The part `gate` of `picket.yaml`: what a gatekeeper needs to know. */

import { z } from 'zod'
import { file, size } from './config-values.ts'

export const gate = z.strictObject({
  main: z
    .url({ protocol: /^https?$/ })
    .max(2048)
    .describe('The main Picket: `https://picket.example.org`. Without TLS, on this machine only.'),
  token: z
    .string()
    .min(1)
    .max(128)
    .describe(
      'Its token of scope `gate` (`picket token create NAME --scope gate`). Better taken from the environment.'
    ),
  ca: file()
    .optional()
    .describe("The authority, PEM, of the main Picket's certificate. Default: those the system trusts."),
  spoolMax: size()
    .prefault('10GB')
    .describe(
      'The most disk that the spool may take. Half of it may wait for the main Picket; beyond, senders are held back.'
    ),
  port: z
    .int()
    .min(0)
    .max(65535)
    .prefault(8643)
    .describe('Where `/healthz`, `/readyz` and `/metrics` are answered, on 127.0.0.1 only.'),
  ingest: z
    .strictObject({
      host: z.string().min(1).max(255).prefault('0.0.0.0').describe('The address to listen on.'),
      port: z.int().min(0).max(65535).prefault(8642).describe('The TCP port.'),
      tls: z
        .strictObject({
          cert: file().describe('The certificate chain, PEM.'),
          key: file().describe('Its private key, PEM.')
        })
        .optional()
        .describe('Serve HTTPS.')
    })
    .optional()
    .describe('Where records for sources of type `http` are taken: `POST /api/ingest/NAME`.'),
  tokens: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(64).describe('Whose it is.'),
        sha256: z
          .string()
          .regex(/^[0-9a-f]{64}$/, 'is not 64 hexadecimal digits')
          .describe('What `picket token gate NAME` prints. The token itself is not kept here.')
      })
    )
    .max(1000)
    .prefault([])
    .describe('The tokens with which records may be sent to this gate.')
})
