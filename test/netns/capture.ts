import { loadLibc } from '../../functions/runtime/koffi.ts'
import { int32 } from '../../shared/raw/libc.ts'
import { allocateMessages, makeRoom, receivedBytes } from '../../shared/raw/messages.ts'
import { answerEach } from './answering.ts'

// Sees everything on the wire (packet(7)) and, when asked, lists the TCP segments since the last question.

const packetDomain = 17
const datagram = 2
/** ETH_P_ALL in network order. */
const everything = 0x0300

const libc = loadLibc()
const socket = libc.socket(packetDomain, datagram | 0o4000, everything)
libc.setOption(socket, 1, 33, int32(libc, 8 << 20))
const inbox = allocateMessages(libc, { count: 64, dataBytes: 128, nameBytes: 32, controlBytes: 8 })

await answerEach(async () => {
  const segments: string[] = []
  for (;;) {
    const count = libc.recvmmsg(socket, inbox.headers, inbox.count)
    for (let index = 0; index < count; index++) {
      const told = describe(index * inbox.dataBytes, receivedBytes(inbox, index))
      if (told !== undefined) segments.push(told)
      makeRoom(inbox, index)
    }
    if (count < inbox.count) return segments
  }
})
libc.close(socket)

/** `10000 > 443 SYN`, for TCP over either IP version; undefined for anything else. */
function describe(offset: number, length: number): string | undefined {
  const { data } = inbox
  const version = length < 20 ? 0 : data.getUint8(offset) >> 4
  const protocol = version === 4 ? data.getUint8(offset + 9) : data.getUint8(offset + 6)
  if (![4, 6].includes(version) || protocol !== 6) return undefined
  const header = offset + (version === 4 ? (data.getUint8(offset) & 15) * 4 : 40)
  const flags = data.getUint8(header + 13)
  const names = [
    [0x02, 'SYN'],
    [0x10, 'ACK'],
    [0x04, 'RST'],
    [0x01, 'FIN'],
    [0x08, 'PSH'],
  ] as const
  const named = names.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name)
  return `${data.getUint16(header)} > ${data.getUint16(header + 2)} ${named.join('-')}`
}
