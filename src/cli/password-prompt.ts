/** Asks for a password: unseen at a terminal (twice, if it is a new one), or the first line of standard input in scripts. */

import type { ReadStream } from 'node:tty'
import { PicketError } from '../core/errors.ts'

const lengthMax = 1024

export async function askNewPassword(): Promise<string> {
  if (!process.stdin.isTTY) return firstLine(process.stdin)
  const password = await askUnseen('New password (12 characters or more): ')
  if ((await askUnseen('Once more: ')) !== password)
    throw new PicketError('password-differs', 'the two passwords differ')
  return password
}

/** The first line of a stream, without its end. */
export async function firstLine(input: AsyncIterable<Buffer | string>): Promise<string> {
  let text = ''
  for await (const part of input) {
    text += String(part)
    if (text.includes('\n') || text.length > lengthMax) break
  }
  const line = text.split(/\r?\n/, 1)[0]!
  if (line === '') throw new PicketError('no-password', 'standard input holds no password (one line)')
  return line.slice(0, lengthMax)
}

function askUnseen(question: string): Promise<string> {
  const input: ReadStream = process.stdin
  process.stderr.write(question)
  return new Promise((resolve, reject) => {
    let text = ''
    const end = () => {
      input.setRawMode(false).pause().off('data', take)
      process.stderr.write('\n')
    }
    const take = (bytes: Buffer) => {
      for (const key of bytes.toString('utf8')) {
        if (key === '\r' || key === '\n' || key === '\u0004') {
          end()
          resolve(text)
          return
        }
        if (key === '\u0003') {
          end()
          reject(new PicketError('interrupted', 'interrupted'))
          return
        }
        if (key === '\u007f' || key === '\b') text = [...text].slice(0, -1).join('')
        else if (key >= ' ' && text.length < lengthMax) text += key
      }
    }
    input.setRawMode(true).resume().on('data', take)
  })
}
