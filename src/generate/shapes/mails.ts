/** Mails as they arrive at the office's server, with its trace lines on top. */

import { domain } from './cast.ts'
import type { Stage } from './stage.ts'
import { toMail } from './stamps.ts'

export type Mail = {
  readonly fromName: string
  readonly from: string
  /** The envelope's; default: `from`. */
  readonly returnPath?: string
  readonly replyTo?: string
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html?: string
  readonly attachment?: { readonly name: string; readonly type: string; readonly base64: string }
  /** Our own server's verdict. */
  readonly results: string
  readonly fromIp: string
}

export function mail(stage: Stage, atMs: number, message: Mail): void {
  if (!stage.wants('mail')) return
  const { fromName, from, to, subject, text, html, attachment, results, fromIp, replyTo } = message
  const returnPath = message.returnPath ?? from
  const senderDomain = returnPath.slice(returnPath.indexOf('@') + 1)
  const boundary = `b_${stage.hex(16)}`
  const head = [
    `Return-Path: <${returnPath}>`,
    `Authentication-Results: mx.${domain}; ${results}`,
    `Received: from mail.${senderDomain} (mail.${senderDomain} [${fromIp}]) by mx.${domain} with ESMTPS id ${stage.hex(12)} for <${to}>; ${toMail(atMs)}`,
    `Date: ${toMail(atMs - 2_000)}`,
    `From: "${fromName}" <${from}>`,
    ...(replyTo === undefined ? [] : [`Reply-To: <${replyTo}>`]),
    `To: <${to}>`,
    `Subject: ${subject}`,
    `Message-ID: <${stage.hex(20)}@${senderDomain}>`,
    'MIME-Version: 1.0'
  ]
  const plain = ['Content-Type: text/plain; charset=utf-8', '', text]
  if (html === undefined && attachment === undefined) {
    stage.say(atMs, 'mail', [...head, ...plain, ''].join('\n'))
    return
  }
  const body = [
    `Content-Type: multipart/mixed; boundary="${boundary}"`,
    '',
    `--${boundary}`,
    ...(html === undefined ? plain : ['Content-Type: text/html; charset=utf-8', '', html]),
    ...(attachment === undefined
      ? []
      : [
          `--${boundary}`,
          `Content-Type: ${attachment.type}; name="${attachment.name}"`,
          'Content-Transfer-Encoding: base64',
          `Content-Disposition: attachment; filename="${attachment.name}"`,
          '',
          attachment.base64
        ]),
    `--${boundary}--`
  ]
  stage.say(atMs, 'mail', [...head, ...body, ''].join('\n'))
}

const subjects = [
  'Meeting on Thursday',
  'Your order',
  'Re: the offer',
  'Photos of the boat',
  'Question about the delivery',
  'Thank you'
]
const texts = [
  "Hello,\n\ncould we move our meeting to three o'clock?\n\nKind regards",
  'Thank you for your order. It leaves us tomorrow.\n\nKind regards',
  'That suits me well. Please send the papers when you have them.',
  'See you on Thursday!'
]

export function ordinaryMail(stage: Stage, atMs: number): void {
  const { random } = stage
  const partner = stage.skewed(stage.cast.partners)
  const place = partner.mail.slice(partner.mail.indexOf('@') + 1)
  mail(stage, atMs, {
    fromName: partner.name,
    from: partner.mail,
    to: `${random.pick(stage.cast.people).name}@${domain}`,
    subject: random.pick(subjects),
    text: random.pick(texts),
    results: `spf=pass smtp.mailfrom=${place}; dkim=pass header.d=${place}; dmarc=pass header.from=${place}`,
    fromIp: '198.51.100.25'
  })
}
