/**
 * `node bench/send-mail.ts PORT FILE CONNECTIONS`: sends the mails of a file (for each a size, u32 little-endian, and its bytes) over so many connections at once,
 * as fast as they are taken; prints how many and how long it took, as JSON.
 */

import { readFileSync } from 'node:fs'
import { connect } from 'node:net'

const [port = '', file = '', connections = '8'] = process.argv.slice(2)
const bytes = readFileSync(file)
const mails: Buffer[] = []
for (let at = 0; at < bytes.length; at += 4 + bytes.readUInt32LE(at))
  mails.push(bytes.subarray(at + 4, at + 4 + bytes.readUInt32LE(at)))
let next = 0
let sent = 0

function client(): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1')
    let text = ''
    let step = 0
    let mail: Buffer | undefined
    socket.on('error', reject)
    socket.on('close', () => resolve())
    socket.on('data', data => {
      text += data.toString('latin1')
      for (let match = answer.exec(text); match !== null; match = answer.exec(text)) {
        text = text.slice(match[0].length)
        if (Number(match[1]) >= 400) {
          reject(new Error(match[0]))
          socket.destroy()
          return
        }
        if (step === 5) sent++
        if (step === 0) socket.write('EHLO bench.example\r\n')
        else if (step === 1 || step === 5) {
          mail = mails[next++]
          if (mail === undefined) {
            step = 6
            socket.end('QUIT\r\n')
            return
          }
          const from = /^From: .*<(\S+)>/m.exec(mail.toString('latin1', 0, 4000))?.[1] ?? ''
          socket.write(`MAIL FROM:<${from}>\r\n`)
          step = 1
        } else if (step === 2) socket.write('RCPT TO:<b@own.example>\r\n')
        else if (step === 3) socket.write('DATA\r\n')
        else if (step === 4) {
          socket.write(mail!)
          socket.write('\r\n.\r\n')
        }
        step = step === 5 ? 2 : step + 1
      }
    })
  })
}

const answer = /^(?:\d{3}-[^\n]*\n)*(\d{3}) [^\n]*\n/
const startedMs = performance.now()
await Promise.all(Array.from({ length: Number(connections) }, client))
console.log(JSON.stringify({ sent, ms: performance.now() - startedMs }))
