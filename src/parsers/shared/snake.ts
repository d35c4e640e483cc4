/** Names as Elastic's integrations write them: `requestID` → `request_id`, `ARN` → `arn`, `ec2RoleDelivery` → `ec2_role_delivery`. */

const snakesMax = 4096

/** A function that writes names so, with `dot` for each dot, and remembers those that it has met: the same keys come again and again. */
export function snakeNames(dot: '.' | '_'): (name: string) => string {
  const snakes = new Map<string, string>()
  return name => {
    const known = snakes.get(name)
    if (known !== undefined) return known
    const made = snakeOf(name, dot)
    if (snakes.size < snakesMax && name.length < 128) snakes.set(name, made)
    return made
  }
}

function snakeOf(name: string, dot: string): string {
  let out = ''
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i)
    if (code < 65 || code > 90) {
      out += code === 46 ? dot : name[i]!
      continue
    }
    const before = name.charCodeAt(i - 1)
    const after = name.charCodeAt(i + 1)
    const afterWord = (before >= 97 && before <= 122) || (before >= 48 && before <= 57)
    const beforeWord = before >= 65 && before <= 90 && after >= 97 && after <= 122
    out += afterWord || beforeWord ? `_${String.fromCharCode(code + 32)}` : String.fromCharCode(code + 32)
  }
  return out
}
