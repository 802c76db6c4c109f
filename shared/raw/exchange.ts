import type { Clock } from '../clock.ts'
import { type Channel, sendBatch } from './channel.ts'
import { createDeadlines, stepMs } from './deadlines.ts'
import { type Libc, SystemCallError } from './libc.ts'
import { createSlots, over, type Slotted, slotCount, unsent } from './slots.ts'
import type { Silence, Undeliverable } from './sockets.ts'

/** One sent packet and its answer: exactly one of `settle` and `fail` is called, once. */
export interface Probe<Answer> extends Slotted {
  /** At most `maxWaitMs`. */
  readonly timeoutMs: number
  settle(answer: Answer | Undeliverable | Silence): void
  /** Our own failure: the system refused the packet, or the exchange was closed. */
  fail(error: Error): void
  /** Called when the packet has been sent. */
  readonly onSent: (() => void) | undefined
}

/** Probes and their answers over one channel. */
export interface Exchange<Answer, P extends Probe<Answer>> {
  /** Queues a probe, which is sent as soon as there is a slot and room. */
  send(probe: P): void
  /** The probe that is waiting for an answer in a slot. */
  at(slot: number): P | undefined
  settle(probe: P, answer: Answer | Undeliverable): void
  /** Drops a probe without calling `settle` or `fail`. */
  cancel(probe: P): void
  /** Microseconds from the sending of a probe to the receive stamp of its answer. */
  rttUs(probe: P, receivedUs: number): number
  /** Called by the channel while there is room to send. */
  onWritable(): void
  /** Fails every unanswered probe, and every later one. */
  close(): void
}

export interface ExchangeOptions<P> {
  readonly libc: Libc
  readonly clock: Clock
  randomWord(): number
  channel(): Channel
  /** Writes the packet of a probe with a slot into the outbox. */
  write(probe: P, index: number): void
}

/** Maximum packets sent per turn of the event loop; arrived packets are read after each batch. */
const burst = 4 * sendBatch
/** The error of a full socket buffer (send(2)). */
const full = 'EAGAIN'

const wasClosed = () => new Error('the raw sockets of this voter were closed')

export function createExchange<Answer, P extends Probe<Answer>>(
  options: ExchangeOptions<P>,
): Exchange<Answer, P> {
  const { libc, clock } = options
  const slots = createSlots<P>(options.randomWord)
  const deadlines = createDeadlines(slotCount)
  const sentUs = new Float64Array(slotCount)
  const sentMs = new Float64Array(slotCount)
  let queue: P[] = []
  let queued = 0
  /** The probes in the outbox, and how many of them have been sent. */
  let batch: P[] = []
  let left = 0
  let scheduled = false
  let cancelTimer: (() => void) | undefined
  let closed = false

  const schedule = () => {
    if (scheduled) return
    scheduled = true
    queueMicrotask(flush)
  }
  const release = (probe: P) => {
    if (probe.slot >= 0) deadlines.remove(probe.slot)
    slots.release(probe)
  }

  const fillOutbox = () => {
    batch = []
    left = 0
    while (batch.length < sendBatch && slots.free > 0 && queued < queue.length) {
      const probe = queue[queued++]!
      if (probe.slot !== unsent) continue
      slots.take(probe)
      options.write(probe, batch.length)
      batch.push(probe)
    }
    if (queued < queue.length && queued < slotCount) return
    queue = queue.slice(queued)
    queued = 0
  }
  const onSent = (count: number, nowMs: number, fromUs: number, untilUs: number) => {
    for (let index = 0; index < count; index++) {
      const probe = batch[left++]!
      if (probe.slot < 0) continue
      // The call sends its packets one after the other, so their times are interpolated.
      sentUs[probe.slot] = fromUs + ((untilUs - fromUs) * index) / count
      sentMs[probe.slot] = nowMs
      deadlines.add(probe.slot, nowMs + probe.timeoutMs, nowMs)
      probe.onSent?.()
    }
  }
  /** Sends the outbox; returns false if the socket accepts no more for now. */
  const sendOutbox = (): boolean => {
    while (left < batch.length) {
      const nowMs = clock.monotonic()
      const fromUs = libc.realtimeUs()
      const count = options.channel().send(left, batch.length - left)
      if (count > 0) {
        onSent(count, nowMs, fromUs, libc.realtimeUs())
        continue
      }
      const code = libc.lastError()
      if (code === full) return false
      const probe = batch[left++]!
      if (probe.slot < 0) continue
      release(probe)
      probe.fail(new SystemCallError(code, 'sending a packet'))
    }
    return true
  }
  const flush = () => {
    scheduled = false
    if (closed) return
    const channel = options.channel()
    let takesMore = sendOutbox()
    for (let sent = 0; takesMore && sent < burst; sent += sendBatch) {
      fillOutbox()
      if (batch.length === 0) break
      takesMore = sendOutbox()
      channel.receive()
    }
    channel.wantWritable(left < batch.length || (queued < queue.length && slots.free > 0))
    if (deadlines.size > 0) cancelTimer ??= clock.timer(stepMs, onTime)
  }
  const onTime = () => {
    cancelTimer = undefined
    // An answer that arrived in time but was not read yet must not count as silence.
    options.channel().receive()
    deadlines.expire(clock.monotonic(), (slot) => {
      const probe = slots.at(slot)!
      slots.release(probe)
      probe.settle({ answer: 'silent' })
    })
    flush()
  }

  return {
    send(probe) {
      if (closed) return probe.fail(wasClosed())
      queue.push(probe)
      schedule()
    },
    at: slots.at,
    settle(probe, answer) {
      release(probe)
      probe.settle(answer)
      if (queued < queue.length) schedule()
    },
    cancel(probe) {
      release(probe)
    },
    rttUs({ slot }, receivedUs) {
      const us = receivedUs - sentUs[slot]!
      // The wall clock may be set between the two stamps, so the monotonic clock, read before sending, bounds the
      // result.
      const possibleUs = (clock.monotonic() - sentMs[slot]!) * 1e3
      return Math.round(us < 0 || us > possibleUs ? possibleUs : us)
    },
    onWritable: flush,
    close() {
      closed = true
      cancelTimer?.()
      const unanswered = [...queue.slice(queued), ...slots.taken()]
      queue = []
      queued = 0
      for (const probe of unanswered) {
        if (probe.slot === over) continue
        release(probe)
        probe.fail(wasClosed())
      }
    },
  }
}
