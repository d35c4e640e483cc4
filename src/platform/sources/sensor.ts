/** A source of type `sensor` in `picket.yaml`. */

import { z } from 'zod'
import { isRange } from '../address-range.ts'
import { duration, file, size, sourceName } from '../config-values.ts'

/** What can also be said on the page and by `picket sensor`. */
export const sensorSettings = {
  interfaces: z
    .array(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._@-]{0,14}$/, 'is not the name of a network interface'))
    .min(1)
    .max(8)
    .describe('The network interfaces to watch: `[eth0]`. `ip link` lists them.'),
  homeNet: z
    .array(z.string().refine(isRange, 'is neither an address nor a range like 192.168.1.0/24'))
    .max(200)
    .prefault([])
    .describe(
      'The networks that are yours. Without it: those of the interfaces; where they have no address (a mirror port), all private ones.'
    ),
  rules: z
    .strictObject({
      etOpen: z
        .boolean()
        .prefault(true)
        .describe('Fetch the Emerging Threats Open rules with `suricata-update`, and keep them current.'),
      urls: z
        .array(z.url({ protocol: /^(https?|file)$/ }).max(2048))
        .max(20)
        .prefault([])
        .describe('Further rule sets to fetch with `suricata-update`.'),
      files: z
        .array(file())
        .max(100)
        .prefault([])
        .describe(
          'Files of rules, also `.gz`, and folders of `*.rules`: rules of your own, or ET Open where there is no internet.'
        ),
      updateEvery: duration().prefault('24h').describe('How often rules are fetched.')
    })
    .prefault({})
    .describe('Where the rules come from.'),
  memory: size()
    .prefault('512MB')
    .describe("The memory for Suricata's flows and streams; the rules need about as much again."),
  filter: z
    .string()
    .max(2000)
    .refine(text => !/[\r\n\0]/.test(text), 'must be one line')
    .optional()
    .describe('A capture filter (BPF) of what to look at: `not host 192.168.1.9`.')
}

export const sensor = z.strictObject({
  type: z
    .literal('sensor')
    .describe(
      'Watches network interfaces with Suricata, which Picket runs: [docs/sources/sensor.md](sources/sensor.md).'
    ),
  name: sourceName().describe('What the source is called in the ledger.'),
  ...sensorSettings,
  suricata: file().optional().describe('The program. Default: `suricata`, found on the path.'),
  updater: file().optional().describe('The program that fetches rules. Default: `suricata-update`, found on the path.')
})
