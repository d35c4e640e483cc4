/** A signed POST of JSON to any URL. */

import { z } from 'zod'
import { type Action, certificates, hostOf, httpUrl } from './action.ts'
import { payloadOf } from './payload.ts'
import { post } from './post.ts'
import { signatureHeaders, signingKeyPattern } from './signature.ts'

type Settings = { readonly url: string; readonly ca?: string | undefined }
type Secrets = { readonly signingKey: string; readonly authorization?: string | undefined }

export const webhook: Action<Settings, Secrets> = {
  kind: 'webhook',
  label: 'Webhook',
  settings: z.strictObject({ url: httpUrl, ca: certificates }),
  secrets: z.strictObject({
    signingKey: z.string().regex(signingKeyPattern, 'must be whsec_ and 24 to 64 bytes in base64'),
    authorization: z
      .string()
      .max(4096)
      .regex(/^[\x20-\x7e]*$/)
      .optional()
      .describe('The header `authorization`, where the peer wants one')
  }),
  rate: undefined,
  followsAlerts: false,
  where: ({ url }) => hostOf(url),
  show: message => JSON.stringify(payloadOf(message), null, 2),
  send(message, { url, ca }, { signingKey, authorization }, { nowMs }) {
    const body = JSON.stringify(payloadOf(message))
    const headers = {
      'content-type': 'application/json',
      ...signatureHeaders(signingKey, { id: message.key, timeMs: nowMs, body }),
      ...(authorization !== undefined && authorization !== '' && { authorization })
    }
    return post({ url, headers, body, ca, nowMs })
  }
}
