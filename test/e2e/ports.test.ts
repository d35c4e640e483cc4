/** The port analyzer on its page: flow logs brought in, the rules that are there beside them, the proposal, its proof, its picture. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dropFile, openPage, picture, serious, signUp, startPicket, whyNot, widthBeyond } from './browser.ts'

const reason = whyNot()
if (reason !== false) console.log(`The page of ports is not tested: ${reason}.`)

const own = '10.0.1.5'
const head =
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status tcp-flags flow-direction'
const atSeconds = Math.floor(Date.now() / 1000) - 3600

function line(from: string, fromPort: number, to: string, toPort: number, flags: number, direction: string): string {
  return `5 123456789012 eni-0a1b2c3d4e5f60718 ${from} ${to} ${fromPort} ${toPort} 6 9 900 ${atSeconds} ${atSeconds + 60} ACCEPT OK ${flags} ${direction}`
}

const served = (client: string, port: number, from: number): string[] => [
  line(client, from, own, port, 2, 'ingress'),
  line(own, port, client, from, 18, 'egress')
]

const lines = [
  ...Array.from({ length: 40 }, (_, i) => served(`${20 + i}.${i}.7.9`, 443, 40_000 + i)).flat(),
  ...served('198.51.100.8', 22, 50_000),
  ...served('198.51.100.9', 22, 50_001),
  ...[8001, 8002, 8004].flatMap(port => served('10.0.2.7', port, 51_000 + port))
]

const group = {
  SecurityGroups: [
    {
      GroupId: 'sg-0123456789abcdef0',
      GroupName: 'web',
      IpPermissions: [
        { IpProtocol: 'tcp', FromPort: 0, ToPort: 65_535, IpRanges: [{ CidrIp: '10.0.0.0/8' }] },
        { IpProtocol: 'tcp', FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: '0.0.0.0/0' }] },
        { IpProtocol: 'tcp', FromPort: 3389, ToPort: 3389, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }
      ]
    }
  ]
}

test('from flow logs to rules, on the page', { skip: reason, timeout: 180_000 }, async t => {
  await using picket = await startPicket()
  await using browser = await openPage(t)
  const { page, faults } = browser
  await signUp(page, picket.setupUrl, 'a long walk by the sea')
  await page.goto(`${picket.url}/ports`)
  await page.getByRole('button', { name: 'Propose rules' }).click()
  await page.getByText('No flow matches').waitFor()
  await picture(page, 'ports-empty')

  await dropFile(page, 'flows.log', [head, ...lines, ''].join('\n'))
  const verdict = page.getByText('none would be stopped')
  for (let i = 0; i < 40 && (await verdict.count()) === 0; i++) {
    await page.getByRole('button', { name: 'Propose rules' }).click()
    await verdict.waitFor({ timeout: 1000 }).catch(() => {})
  }
  await verdict.waitFor()
  const rules = page.getByRole('region', { name: 'Proposed rules' }).locator('tbody tr')
  assert.deepEqual(
    (await rules.allInnerTexts()).map(text => text.replace(/\s+/g, ' ').trim()),
    [
      'tcp 22 198.51.100.8/31 ssh',
      'tcp 443 0.0.0.0/0 https',
      'tcp 8001–8002 10.0.2.7/32 8001 8002',
      'tcp 8004 10.0.2.7/32 8004'
    ]
  )
  await page.getByText('Rules that are there, names of networks').click()
  await page
    .getByLabel('Files with the rules that are there')
    .setInputFiles({ name: 'groups.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(group)) })
  await page.getByLabel('Rules at most').fill('3')
  await page.getByLabel('Unused ports in a range at most').fill('0')
  await page.getByRole('button', { name: 'Propose rules' }).click()
  // With three rules and no unused port there is no way: one of the two offers is taken.
  await page.getByRole('button', { name: /^Allow 4 rules/ }).click()
  await page.getByText('none would be stopped').waitFor()
  const findings = await page.getByRole('region', { name: 'The rules that are there' }).textContent()
  assert.match(findings ?? '', /Open but unused\s*sg-0123456789abcdef0\s*tcp 3389 from 0\.0\.0\.0\/0/)
  assert.match(findings ?? '', /Used, and no rule lets it in\s*tcp 22 \(ssh\) from 198\.51\.100\.8, 198\.51\.100\.9/)
  await page.getByText(/Open ports: 65,536 before, 5 after\./).waitFor()
  await page.getByRole('img', { name: /^tcp: 65,536 ports open before, 5 used, 5 open after/ }).waitFor()
  await page.getByRole('button', { name: 'Terraform' }).click()
  await page.getByText('aws_vpc_security_group_ingress_rule').first().waitFor()
  await picture(page, 'ports')
  assert.deepEqual(await serious(page), [])
  await page.setViewportSize({ width: 390, height: 800 })
  assert.ok((await widthBeyond(page)) <= 0)
  await picture(page, 'ports-narrow')
  assert.deepEqual(faults, [])
})
