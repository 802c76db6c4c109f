import type { ShardId } from '../shared/check.ts'
import type { Faults } from './faults.ts'
import type { SimulatedFunction } from './function.ts'
import type { Loop } from './loop.ts'
import { code } from './machine.ts'
import { hashText, type Random } from './random.ts'
import type { StreamRecord } from './table.ts'

/** What a function answers to a batch: the shards whose records are to come again. */
export type FailedShards = ReadonlySet<ShardId>

export interface StreamOptions {
  readonly loop: Loop
  readonly random: Random
  readonly faults: Faults
  readonly reader: SimulatedFunction<readonly ShardId[], FailedShards>
}

/** Records of one key are in one partition and come in order; partitions know nothing of each other. */
const partitions = 3
const maxBatch = 100
const maxAttempts = 6
const maxAgeMs = 600_000

/** An event source mapping: calls its reader batch by batch, and again from the first record that failed. */
export function createStream({
  loop,
  random,
  faults,
  reader,
}: StreamOptions): (record: StreamRecord) => void {
  const queues = Array.from({ length: partitions }, () => ({
    records: [] as StreamRecord[],
    isBusy: false,
    attempts: 0,
  }))
  type Partition = (typeof queues)[number]

  function wake(partition: Partition): void {
    if (partition.isBusy || partition.records.length === 0) return
    partition.isBusy = true
    // The mapping polls each partition some times a second.
    const lagMs = faults.strikes('streamLag') ? faults.random('streamLag').int(1_000, 200_000) : 0
    loop.after(random.int(20, 400) + lagMs, code.stream, () => read(partition))
  }

  function read(partition: Partition): void {
    const { records } = partition
    while (records.length > 0 && loop.now() - records[0]!.atMs > maxAgeMs) records.shift()
    const batch = records.slice(0, maxBatch)
    const end = (handled: number) => {
      if (handled > 0) partition.attempts = 0
      else partition.attempts++
      const given = partition.attempts >= maxAttempts ? 1 : handled
      const again = handled > 0 && faults.strikes('redelivery')
      if (!again) records.splice(0, given)
      if (partition.attempts >= maxAttempts) partition.attempts = 0
      partition.isBusy = false
      wake(partition)
    }
    if (batch.length === 0 || faults.strikes('trim')) {
      end(batch.length)
      return
    }
    reader.invoke([...new Set(batch.map(({ shard }) => shard))]).then(
      (failed) => {
        const first = batch.findIndex(({ shard }) => failed.has(shard))
        end(first === -1 ? batch.length : first)
      },
      () => end(0),
    )
  }

  return (record) => {
    const partition = queues[hashText(0, record.key) % partitions]!
    partition.records.push(record)
    wake(partition)
  }
}
