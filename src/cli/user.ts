/** `picket user add|list|reset-password`: who may sign in, from the machine itself. The way back in for those locked out. */

import { randomBytes } from 'node:crypto'
import { Command, Option } from 'commander'
import { realClock } from '../platform/clock.ts'
import { defaultDataFolder } from '../platform/paths.ts'
import { type Role, roles } from '../state/users.ts'
import { withIdentity } from './identity-access.ts'
import { askNewPassword } from './password-prompt.ts'
import { table } from './table.ts'

type Options = { data?: string; role: Role; generate?: boolean; json?: boolean }

export function userCommand(write: (text: string) => void = text => void process.stdout.write(text)): Command {
  const command = new Command('user').description('users: who may sign in')

  command
    .command('add')
    .description('add a user; asks for the password (or reads a line of standard input)')
    .argument('<name>')
    .addOption(new Option('--role <role>', 'what they may do').choices(roles).default('viewer'))
    .option('--generate', 'make up a password and print it')
    .option('--data <folder>', 'the data folder')
    .action(async (name: string, _options: Options, self: Command) => {
      const { data, role, generate } = self.optsWithGlobals<Options>()
      const password = await passwordFor(generate)
      const user = await withIdentity(
        folderOf(data),
        realClock.nowMs,
        access => access.addUser({ name, password, role }),
        true
      )
      write(`${user.name} may sign in as ${user.role}${generate ? `, with the password ${password}` : ''}\n`)
    })

  command
    .command('reset-password')
    .description('give a user a new password and end their sessions')
    .argument('<name>')
    .option('--generate', 'make up a password and print it')
    .option('--data <folder>', 'the data folder')
    .action(async (name: string, _options: Options, self: Command) => {
      const { data, generate } = self.optsWithGlobals<Options>()
      const password = await passwordFor(generate)
      await withIdentity(folderOf(data), realClock.nowMs, access => access.setPassword(name, password))
      write(`${name} has a new password${generate ? `: ${password}` : ''}\n`)
    })

  command
    .command('list')
    .description('list the users')
    .option('--json', 'as JSON')
    .option('--data <folder>', 'the data folder')
    .action(async (_options: Options, self: Command) => {
      const { data, json } = self.optsWithGlobals<Options>()
      const users = await withIdentity(folderOf(data), realClock.nowMs, access => access.users())
      if (json) return write(JSON.stringify(users, null, 2) + '\n')
      const rows = users.map(user => [user.name, user.role, user.created.slice(0, 10), user.disabled ? 'disabled' : ''])
      write(table(['NAME', 'ROLE', 'SINCE', ''], rows))
    })

  return command
}

function folderOf(data: string | undefined): string {
  return data ?? defaultDataFolder()
}

async function passwordFor(generate: boolean | undefined): Promise<string> {
  return generate ? randomBytes(15).toString('base64url') : askNewPassword()
}
