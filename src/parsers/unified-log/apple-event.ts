/**
 * Apple events in the unified log: what one program asks of another (a script that shows a dialog, that runs a shell command).
 *   sendToSelf(), event={syso,dlog} target='psn '[0x0-0x0]' {htxt=utxt(16/$0045…), …} attr:{…} returnID=-1
 */

const payloadsMax = 64

export function appleEvent(message: string): object | undefined {
  if (!message.includes('event={') && !message.includes('reply={')) return undefined
  const target = message.indexOf("target='psn '[")
  const targetEnd = target < 0 ? -1 : message.indexOf(']', target + 14)
  return {
    type_code: typeCode(message),
    direction: direction(message),
    target_process: targetEnd > target + 14 ? message.slice(target + 14, targetEnd) : undefined,
    return_id: returnId(message),
    parameters: targetEnd < 0 ? undefined : parameters(message, targetEnd + 1),
    decoded_payloads: payloads(message),
    mute: message.includes('mute=true') ? true : undefined
  }
}

function direction(message: string): string | undefined {
  if (message.startsWith('sendToSelf()')) return 'self'
  if (message.includes('sendToModernProcess')) return 'remote'
  return message.includes('Reply of SendToSelf') || message.includes('reply={') ? 'reply' : undefined
}

/** `syso,dlog`: class and id, four characters each. */
function typeCode(message: string): string | undefined {
  return /(?:event|reply)=\{(\w{4},\w{4})/.exec(message)?.[1]
}

function returnId(message: string): string | undefined {
  return /returnID=(-?\d{1,20})/.exec(message)?.[1]
}

/** The names of what stands in braces after the target, up to `attr:`. */
function parameters(message: string, from: number): string[] | undefined {
  let open = from
  if (message[open] === "'") open++
  while (message.charCodeAt(open) <= 32) open++
  if (message[open] !== '{') return undefined
  const close = message.indexOf('}', open)
  if (
    close < 0 ||
    !message
      .slice(close + 1, close + 16)
      .trimStart()
      .startsWith('attr:')
  )
    return undefined
  const names: string[] = []
  for (const match of message.slice(open + 1, close).matchAll(/(\w{4}|-{4})=/g)) {
    if (names.length >= payloadsMax) break
    if (!names.includes(match[1]!)) names.push(match[1]!)
  }
  return names.length === 0 ? undefined : names
}

/** Texts: UTF-16 as hex after `utxt(length/$`. Only printable ASCII is taken, from either byte. */
function payloads(message: string): string[] | undefined {
  const out: string[] = []
  for (const match of message.matchAll(/utxt\(\d{1,9}\/\$([0-9a-fA-F]+)/g)) {
    if (out.length >= payloadsMax) break
    const hex = match[1]!
    let decoded = ''
    for (let i = 0; i + 3 < hex.length; i += 4) {
      const unit = Number.parseInt(hex.slice(i, i + 4), 16)
      const low = unit & 255
      const high = unit >> 8
      if (low >= 32 && low <= 126) decoded += String.fromCharCode(low)
      else if (high >= 32 && high <= 126) decoded += String.fromCharCode(high)
    }
    if (decoded !== '') out.push(decoded)
  }
  return out.length === 0 ? undefined : out
}
