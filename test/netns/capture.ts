import { loadLibc } from '../../functions/runtime/koffi.ts'
import { int32 } from '../../shared/raw/libc.ts'
import { ipProtocol } from '../../shared/raw/linux.ts'
import { allocateMessages, makeRoom, receivedBytes } from '../../shared/raw/messages.ts'
import { echoTypes } from '../../shared/raw/packet/echo.ts'
import { answerEach } from './answering.ts'

// Captures everything on the wire (packet(7)) and, on request, lists the TCP segments and pings since the last request.

const packetDomain = 17
const datagram = 2
/** ETH_P_ALL in network order. */
const everything = 0x0300

const icmp = {
  4: { protocol: ipProtocol.icmp, echoRequest: echoTypes[4].request },
  6: { protocol: ipProtocol.icmpv6, echoRequest: echoTypes[6].request },
}

const libc = loadLibc()
const socket = libc.socket(packetDomain, datagram | 0o4000, everything)
libc.setOption(socket, 1, 33, int32(libc, 8 << 20))
const inbox = allocateMessages(libc, { count: 64, dataBytes: 128, nameBytes: 32, controlBytes: 8 })

await answerEach(async () => {
  const packets: string[] = []
  for (;;) {
    const count = libc.recvmmsg(socket, inbox.headers, inbox.count)
    for (let index = 0; index < count; index++) {
      const told = describe(index * inbox.dataBytes, receivedBytes(inbox, index))
      if (told !== undefined) packets.push(told)
      makeRoom(inbox, index)
    }
    if (count < inbox.count) return packets
  }
})
libc.close(socket)

/** Words a packet of either IP version: `10000 > 443 SYN` or `echo request, 64 hops`; undefined for others. */
function describe(offset: number, length: number): string | undefined {
  const { data } = inbox
  const version = length < 20 ? 0 : data.getUint8(offset) >> 4
  const protocol = version === 4 ? data.getUint8(offset + 9) : data.getUint8(offset + 6)
  if (version !== 4 && version !== 6) return undefined
  const header = offset + (version === 4 ? (data.getUint8(offset) & 15) * 4 : 40)
  if (protocol === icmp[version].protocol && data.getUint8(header) === icmp[version].echoRequest) {
    return `echo request, ${data.getUint8(offset + (version === 4 ? 8 : 7))} hops`
  }
  if (protocol !== ipProtocol.tcp) return undefined
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
