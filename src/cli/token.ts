/** `picket token create|list|revoke`: tokens for programs that send records or search. */

import { Command, InvalidArgumentError } from 'commander'
import { PicketError } from '../core/errors.ts'
import { realClock } from '../platform/clock.ts'
import { defaultDataFolder } from '../platform/paths.ts'
import { type Scope, scopes, tokenPrefix } from '../state/api-tokens.ts'
import { digest, newSecret } from '../state/secret.ts'
import { withIdentity } from './identity-access.ts'
import { table } from './table.ts'

type Options = { data?: string; scope: Scope[]; days?: number; json?: boolean }

export function tokenCommand(write: (text: string) => void = text => void process.stdout.write(text)): Command {
  const command = new Command('token').description('API tokens: Authorization: Bearer pkt_…')

  command
    .command('create')
    .description('make a token; its secret is printed once, and only here')
    .argument('<name>', 'what it is for')
    .requiredOption('--scope <scopes>', `what it may do: ${scopes.join(', ')} (several with commas)`, readScopes)
    .option('--days <days>', 'days until it expires (default: it does not)', readDays)
    .option('--json', 'as JSON')
    .option('--data <folder>', 'the data folder')
    .action(async (name: string, _options: Options, self: Command) => {
      const { data, scope, days, json } = self.optsWithGlobals<Options>()
      const made = await withIdentity(
        data ?? defaultDataFolder(),
        realClock.nowMs,
        access => access.addToken({ name, scopes: scope, days }),
        true
      )
      // The secret alone on standard output, so that it can be piped.
      write(json ? JSON.stringify({ ...made.token, secret: made.secret }, null, 2) + '\n' : made.secret + '\n')
    })

  command
    .command('gate')
    .description('make a token for senders to a gatekeeper; nothing of it is kept here, the gate gets its hash')
    .argument('<name>', 'whose it is')
    .option('--json', 'as JSON')
    .action((name: string, _options: Options, self: Command) => {
      const secret = newSecret(tokenPrefix)
      const sha256 = digest(secret).toString('hex')
      if (self.optsWithGlobals<Options>().json) return write(JSON.stringify({ name, secret, sha256 }, null, 2) + '\n')
      write(
        `${secret}\n\nThe sender gets that line, which is shown only here. The gatekeeper's picket.yaml gets this one, below gate.tokens:\n` +
          `    - { name: ${JSON.stringify(name)}, sha256: ${sha256} }\n`
      )
    })

  command
    .command('list')
    .description('list the tokens (without their secrets)')
    .option('--json', 'as JSON')
    .option('--data <folder>', 'the data folder')
    .action(async (_options: Options, self: Command) => {
      const { data, json } = self.optsWithGlobals<Options>()
      const tokens = await withIdentity(data ?? defaultDataFolder(), realClock.nowMs, access => access.tokens())
      if (json) return write(JSON.stringify(tokens, null, 2) + '\n')
      const rows = tokens.map(token => [
        token.id,
        token.name,
        token.scopes.join(','),
        token.user ?? '',
        token.lastUsed?.slice(0, 10) ?? 'never',
        token.expires?.slice(0, 10) ?? 'never'
      ])
      write(table(['ID', 'NAME', 'SCOPES', 'OWNER', 'USED', 'EXPIRES'], rows))
    })

  command
    .command('revoke')
    .description('end a token at once')
    .argument('<id or name>')
    .option('--data <folder>', 'the data folder')
    .action(async (which: string, _options: Options, self: Command) => {
      const { data } = self.optsWithGlobals<Options>()
      await withIdentity(data ?? defaultDataFolder(), realClock.nowMs, async access => {
        const found = (await access.tokens()).filter(token => token.id === which || token.name === which)
        if (found.length === 0)
          throw new PicketError(
            'unknown-token',
            `there is no token ${which}; \`picket token list\` shows which there are`
          )
        if (found.length > 1)
          throw new PicketError('ambiguous', `${found.length} tokens are called ${which}: give the id`)
        await access.revokeToken(found[0]!.id)
        write(`${found[0]!.name} is revoked\n`)
      })
    })

  return command
}

function readScopes(text: string): Scope[] {
  const given = text.split(',').map(part => part.trim())
  for (const scope of given)
    if (!scopes.includes(scope as Scope)) throw new InvalidArgumentError(`known scopes: ${scopes.join(', ')}.`)
  return given as Scope[]
}

function readDays(text: string): number {
  const days = Number(text)
  if (!Number.isInteger(days) || days < 1 || days > 3650)
    throw new InvalidArgumentError('a whole number from 1 to 3650.')
  return days
}
