/**
 * Beats as they are when Picket fails under them: their client library, several connections with windows under way, and what was not
 * acknowledged sent again over whichever connection is there. Picket is killed with -9 in the middle, again and again, or has not a byte left
 * on its disk. Events as Filebeat, Winlogbeat and Beats with `add_id` make them: nothing is lost, nothing is there twice.
 */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { hasEngine } from '../../src/testing/real-store.ts'
import { Lab } from '../faults/lab.ts'
import { type GoProgram, goProgram } from './go.ts'
import { diskToFill, eventsAsked, killedAgain, killsFor, paceFor, type Sender, whileSending } from './while-sending.ts'

const run = promisify(execFile)
const lab = new Lab()
after(() => lab.close({ keep: false }))

const go = goProgram(
  `package main

import (
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	client "github.com/elastic/go-lumber/client/v2"
)

type object = map[string]interface{}

// As Beats make them: the time is the one of reading, in milliseconds.
func event(form string, i int) interface{} {
	e := object{"@timestamp": time.Now().UTC().Format("2006-01-02T15:04:05.000Z"), "message": fmt.Sprintf("document %d", i),
		"ecs": object{"version": "8.0.0"}, "host": object{"name": "web-1"}}
	meta := object{"beat": "filebeat", "type": "_doc", "version": "8.15.0"}
	agent := object{"type": "filebeat", "version": "8.15.0", "id": "c0ffee00-0001", "ephemeral_id": "c0ffee00-0002"}
	switch form {
	case "filebeat":
		e["log"] = object{"offset": i * 24, "file": object{"path": "/var/log/app.log"}}
		e["input"] = object{"type": "filestream"}
	case "winlogbeat":
		meta["beat"], agent["type"] = "winlogbeat", "winlogbeat"
		e["event"] = object{"code": "1000", "kind": "event", "provider": "Shop"}
		e["winlog"] = object{"api": "wineventlog", "channel": "Application", "computer_name": "ws-1", "event_id": "1000",
			"provider_name": "Shop", "record_id": i + 1}
	case "ids":
		meta["_id"] = fmt.Sprintf("id-%d", i)
		e["input"] = object{"type": "udp"}
	}
	e["@metadata"], e["agent"] = meta, agent
	return e
}

// address count connections pace form: the events over some time, sent again until all are acknowledged
func main() {
	count, _ := strconv.Atoi(os.Args[2])
	connections, _ := strconv.Atoi(os.Args[3])
	pace, _ := strconv.Atoi(os.Args[4])
	work := make(chan []interface{}, 1<<20)
	var waiting sync.WaitGroup
	waiting.Add(count)
	var broken, again int64
	for c := 0; c < connections; c++ {
		go func() {
			for {
				lumber, err := client.AsyncDial(os.Args[1], 4, client.CompressionLevel(3), client.Timeout(8*time.Second))
				if err != nil {
					time.Sleep(100 * time.Millisecond)
					continue
				}
				var failed atomic.Bool
				lost := make(chan struct{}, 1)
				for !failed.Load() {
					var batch []interface{}
					select {
					case batch = <-work:
					case <-lost:
						continue
					}
					lumber.Send(func(sequence uint32, err error) {
						waiting.Add(-int(sequence))
						if err == nil {
							return
						}
						failed.Store(true)
						select {
						case lost <- struct{}{}:
						default:
						}
						if rest := batch[sequence:]; len(rest) > 0 {
							atomic.AddInt64(&again, int64(len(rest)))
							work <- rest
						}
					}, batch)
				}
				atomic.AddInt64(&broken, 1)
				lumber.Close()
				time.Sleep(100 * time.Millisecond)
			}
		}()
	}
	batch := []interface{}{}
	for i := 0; i < count; i++ {
		if i%100 == 0 {
			time.Sleep(time.Duration(pace) * time.Millisecond)
		}
		batch = append(batch, event(os.Args[5], i))
		if len(batch) == 400 || i == count-1 {
			work <- batch
			batch = []interface{}{}
		}
	}
	waiting.Wait()
	fmt.Printf("%d %d", broken, again)
}
`,
  ['github.com/elastic/go-lumber@v0.1.1']
)
const skip = typeof go === 'string' ? go : hasEngine() ? false : 'the storage engine is not installed'

const forms = ['filebeat', 'winlogbeat', 'ids'] as const
const events = eventsAsked(60_000)
const kills = killsFor(events)
/** Of each form. */
const count = Math.ceil(events / forms.length)
const paceMs = paceFor(count, kills)

type Seen = { broken: number; again: number }

/** How often connections broke, and how many events were sent again, are added to `seen`. */
function sendersTo(seen: Seen): Sender[] {
  return forms.map(form => ({
    type: 'lumberjack',
    name: form,
    async send(port) {
      const args = [`127.0.0.1:${port}`, String(count), '4', String(paceMs), form]
      const { stdout } = await run((go as GoProgram).path, args, { timeout: 800_000 })
      const [broken, again] = stdout.split(' ').map(Number)
      seen.broken += broken!
      seen.again += again!
    }
  }))
}

test('killed with -9 in the middle, again and again: nothing is lost, nothing is there twice', {
  skip,
  timeout: 900_000
}, async t => {
  const data = lab.newFolder('killed')
  const seen: Seen = { broken: 0, again: 0 }
  const { duplicates } = await whileSending(lab, t, data, sendersTo(seen), count, killedAgain(lab, t, data, kills))
  t.diagnostic(`${seen.broken} connections broke, ${seen.again} events were sent again`)
  assert.ok(duplicates > 0, 'nothing came again that was there already')
})

test('not a byte left on the disk for longer than a Beat waits: no connection breaks, and nothing is sent twice', {
  skip,
  timeout: 300_000
}, async t => {
  const disk = diskToFill(lab, t)
  if (disk === undefined) return
  const seen: Seen = { broken: 0, again: 0 }
  await whileSending(lab, t, disk.data, sendersTo(seen), count, disk.fill)
  assert.deepEqual([seen.broken, seen.again], [0, 0])
})
