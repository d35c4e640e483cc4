/**
 * The child process in which the embedded ClickHouse runs: the engine's library out of an npm package, started as `clickhouse local`
 * that listens on loopback. It ends when its standard input closes, so it cannot outlive its parent, however that ended.
 * `node engine-child.ts LIBRARY DATA_FOLDER HTTP_PORT CONFIG_FILE`
 */

import { readSync } from 'node:fs'
import { isMainThread, Worker } from 'node:worker_threads'
import { DataType, load, open } from 'ffi-rs'

if (isMainThread) {
  // The engine takes the main thread for good; a second one watches the parent.
  new Worker(new URL(import.meta.url), { argv: [] })
  serve()
} else watchParent()

function serve(): void {
  const [library, folder, httpPort, configFile] = process.argv.slice(2)
  const parameters = [
    'clickhouse',
    '--multiquery',
    `--config-file=${configFile}`,
    `--path=${folder}`,
    `--http_port=${httpPort}`,
    '--listen_host=127.0.0.1',
    // The engine serves as long as its own query runs. That user may do nothing else, so the query is one that needs no right.
    '--query=SYSTEM START LISTEN HTTP; SELECT sleepEachRow(1) FROM numbers(1000000000000) FORMAT Null ' +
      'SETTINGS max_block_size = 1, max_threads = 1, function_sleep_max_microseconds_per_block = 0, max_execution_time = 0'
  ]
  open({ library: 'chdb', path: library! })
  load({
    library: 'chdb',
    funcName: 'chdb_query_cmdline',
    retType: DataType.External,
    paramsType: [DataType.I32, DataType.StringArray],
    paramsValue: [parameters.length, parameters]
  })
  process.exit(0)
}

function watchParent(): void {
  const buffer = Buffer.alloc(64)
  for (;;) {
    try {
      if (readSync(0, buffer) === 0) break
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') break
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
    }
  }
  // Every acknowledged insert is on disk already (fsync_after_insert): there is nothing to wait for.
  process.kill(process.pid, 'SIGKILL')
}
