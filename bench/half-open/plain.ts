import { systemClock } from '../../functions/runtime/clock.ts'
import { loadLibc } from '../../functions/runtime/koffi.ts'
import { createDestinations } from '../../shared/raw/destination.ts'
import { attachFilter, replyFilter } from '../../shared/raw/filter.ts'
import { int32 } from '../../shared/raw/libc.ts'
import {
  domain,
  ipProtocol,
  option,
  socketAddress,
  socketType,
  writeSocketAddress,
} from '../../shared/raw/linux.ts'
import { allocateMessages, setOutgoing } from '../../shared/raw/messages.ts'
import { synBytes, tcpChecksumOffset, writeSyn } from '../../shared/raw/packet/syn.ts'
import { answerEach } from '../../test/netns/answering.ts'
import { firstPort, type Load, type Outcome, ports } from './load.ts'

// The upper limit: sends prebuilt SYNs with sendmmsg and counts the answers without reading them. No slots, no
// timeouts, no random numbers, no timestamps, no event loop.

const libc = loadLibc()
const batchSize = 64
/** Above the source ports of our engine and below the kernel's ephemeral ports. */
const sourcePort = 27_000

await answerEach(async ({ address, family, count, inFlight, timeoutMs }: Load): Promise<Outcome> => {
  const socket = libc.socket(domain[family], socketType.raw | socketType.nonblock, ipProtocol.tcp)
  attachFilter(libc, socket, replyFilter(family, { first: sourcePort, last: sourcePort + inFlight - 1 }))
  libc.setOption(socket, ...option.receiveBufferForce, int32(libc, 8 << 20))
  if (family === 6) libc.setOption(socket, ...option.ipv6Checksum, int32(libc, tcpChecksumOffset))
  const batches = Array.from({ length: inFlight / batchSize }, (_, index) => makeBatch(index))
  const inbox = allocateMessages(libc, { count: 128, dataBytes: 128, nameBytes: 28, controlBytes: 8 })

  let sent = 0
  let received = 0
  let heardMs = performance.now()
  while (received < count) {
    if (sent < count && sent + batchSize - received <= inFlight) {
      const left = sent % batchSize
      const { headers } = batches[Math.floor(sent / batchSize) % batches.length]!
      sent += Math.max(libc.sendmmsg(socket, headers, left, Math.min(batchSize - left, count - sent)), 0)
    }
    const arrived = libc.recvmmsg(socket, inbox.headers, inbox.count)
    if (arrived > 0) {
      received += arrived
      heardMs = performance.now()
    } else if (performance.now() - heardMs > timeoutMs) break
  }
  libc.close(socket)
  return { open: received, others: count - received }

  function makeBatch(batch: number) {
    const nameBytes = socketAddress.bytes[family]
    const outbox = allocateMessages(libc, {
      count: batchSize,
      dataBytes: synBytes,
      nameBytes,
      controlBytes: 8,
    })
    const to = createDestinations(libc, systemClock)({ address, family }, undefined)
    for (let index = 0; index < batchSize; index++) {
      writeSyn(outbox.data, index * synBytes, {
        family,
        sourcePort: sourcePort + batch * batchSize + index,
        destinationPort: firstPort + (index % ports),
        sequence: 1,
        pseudoSum: to.pseudoSum,
      })
      writeSocketAddress(outbox.names, index * nameBytes, { family, address: to.address, port: 0 })
      setOutgoing(outbox, index, { family, length: synBytes, source: undefined, ttl: undefined })
    }
    return outbox
  }
})
