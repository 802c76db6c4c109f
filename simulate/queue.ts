import type { Job } from '../shared/plan/schedule.ts'
import type { Queue } from '../shared/probing/queue.ts'
import type { Faults } from './faults.ts'
import type { SimulatedFunction } from './function.ts'
import type { Loop } from './loop.ts'
import { code, type Machine } from './machine.ts'
import type { Random } from './random.ts'

export interface QueueOptions {
  readonly loop: Loop
  readonly random: Random
  readonly faults: Faults
  readonly probe: SimulatedFunction<{ readonly job: Job; readonly attempt: number }, void>
}

/** A mapping of a standard queue begins with 5 invocations at once and adds at most 300 a minute (SQS, Lambda). */
const firstAtOnce = 5
const addedPerMs = 300 / 60_000
const visibilityMs = 90_000
const maxReceives = 2

/** A queue with its mapping: holds each job back until its delay is over, then has it probed. */
export function createQueue({ loop, random, faults, probe }: QueueOptions): (machine: Machine) => Queue {
  const waiting: { readonly job: Job; readonly attempt: number }[] = []
  let busy = 0
  let busySinceMs = 0

  function begin(): void {
    while (waiting.length > 0 && busy < firstAtOnce + (loop.now() - busySinceMs) * addedPerMs) {
      const message = waiting.shift()!
      busy++
      const end = () => {
        busy--
        if (busy === 0) busySinceMs = loop.now()
        begin()
      }
      probe.invoke(message).then(end, () => {
        const attempt = message.attempt + 1
        if (attempt <= maxReceives) appear({ job: message.job, attempt }, visibilityMs)
        end()
      })
    }
  }

  function appear(message: { readonly job: Job; readonly attempt: number }, delayMs: number): void {
    loop.after(delayMs, code.job, () => {
      if (busy === 0 && waiting.length === 0) busySinceMs = loop.now()
      waiting.push(message)
      begin()
    })
  }

  function take(job: Job, delayMs: number): void {
    if (faults.strikes('lostJob')) return
    const lateMs = faults.strikes('lateJob') ? faults.random('lateJob').int(1_000, 120_000) : 0
    // A message that is due appears within a fraction of a second.
    appear({ job, attempt: 1 }, delayMs + lateMs + random.int(0, 300))
    if (faults.strikes('doubleJob')) {
      appear({ job, attempt: 1 }, delayMs + faults.random('doubleJob').int(0, 40_000))
    }
  }

  return (machine) => ({
    maxBatch: 10,
    send: (batch) =>
      machine
        .call(() =>
          batch.flatMap(({ job, delaySeconds }) => {
            if (faults.strikes('refusedJob')) return [{ job, why: 'refused' }]
            take(job, delaySeconds * 1000)
            return []
          }),
        )
        .catch((error: unknown) => batch.map(({ job }) => ({ job, why: String(error) }))),
  })
}
