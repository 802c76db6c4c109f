import { systemClock } from '../../functions/runtime/clock.ts'
import { loadLibc } from '../../functions/runtime/koffi.ts'
import { openRawSockets } from '../../shared/raw/engine.ts'
import { answerEach } from '../../test/netns/answering.ts'
import { firstPort, type Load, type Outcome, ports } from './load.ts'

// Half-open checks through the prober's sockets, which stay open as in a runner. The other programs use other source
// ports, so the kernel filter drops our copies of their packets.

const sockets = openRawSockets(loadLibc(), systemClock)
await answerEach(async (load: Load): Promise<Outcome> => {
  const { count, inFlight, timeoutMs } = load
  const rttsUs: number[] = []
  let begun = 0
  let open = 0
  const lane = async () => {
    while (begun < count) {
      const port = firstPort + (begun++ % ports)
      const answer = await sockets.shake(load, port, { timeoutMs })
      if (answer.answer !== 'open') continue
      open++
      if (load.rtts) rttsUs.push(answer.rttUs)
    }
  }
  await Promise.all(Array.from({ length: inFlight }, lane))
  return { open, others: count - open, rttsUs }
})
sockets.close()
