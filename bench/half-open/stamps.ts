import { loadLibc } from '../../functions/runtime/koffi.ts'
import { int32 } from '../../shared/raw/libc.ts'
import { option, socketType } from '../../shared/raw/linux.ts'
import { allocateMessages, makeRoom, receivedBytes, stampUs } from '../../shared/raw/messages.ts'
import { answerEach } from '../../test/netns/answering.ts'

// Captures every packet of the client (packet(7)) with the kernel's timestamp. On request it reports the round trip of
// each SYN since the last request, in microseconds, in the order of the SYNs.

const packetDomain = 17
/** ETH_P_ALL in network order. */
const everything = 0x0300

const libc = loadLibc()
const socket = libc.socket(packetDomain, socketType.datagram | socketType.nonblock, everything)
libc.setOption(socket, ...option.receiveBufferForce, int32(libc, 32 << 20))
libc.setOption(socket, ...option.timestampNs, int32(libc, 1))
const inbox = allocateMessages(libc, { count: 64, dataBytes: 128, nameBytes: 32, controlBytes: 64 })

await answerEach(async () => {
  const rttsUs: number[] = []
  /** The time and index of the last SYN from each port. */
  const left = new Map<number, { readonly atUs: number; readonly index: number }>()
  for (;;) {
    const count = libc.recvmmsg(socket, inbox.headers, inbox.count)
    for (let index = 0; index < count; index++) {
      note(index)
      makeRoom(inbox, index)
    }
    if (count < inbox.count) return rttsUs
  }

  function note(index: number): void {
    const atUs = stampUs(inbox, index)
    const segment = segmentAt(index)
    if (atUs === undefined || segment === undefined) return
    if (segment.flags === 'SYN') {
      left.set(segment.sourcePort, { atUs, index: rttsUs.length })
      rttsUs.push(Number.NaN)
    } else if (segment.flags === 'SYN-ACK') {
      const syn = left.get(segment.destinationPort)
      if (syn !== undefined) rttsUs[syn.index] = atUs - syn.atUs
    }
  }
})
libc.close(socket)

/** The TCP segment of a packet over either IP version; undefined for anything else. */
function segmentAt(index: number) {
  const { data, dataBytes } = inbox
  const offset = index * dataBytes
  if (receivedBytes(inbox, index) < 40) return undefined
  const version = data.getUint8(offset) >> 4
  const protocol = version === 4 ? data.getUint8(offset + 9) : data.getUint8(offset + 6)
  if (![4, 6].includes(version) || protocol !== 6) return undefined
  const header = offset + (version === 4 ? (data.getUint8(offset) & 15) * 4 : 40)
  const flags = { 2: 'SYN', 18: 'SYN-ACK' }[data.getUint8(header + 13) & 0x17]
  return { sourcePort: data.getUint16(header), destinationPort: data.getUint16(header + 2), flags }
}
