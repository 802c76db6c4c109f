import type { Libc } from './libc.ts'
import { option } from './linux.ts'

/** An instruction of classic BPF: code, jumps if true and if false, operand. */
type Instruction = readonly [code: number, whenTrue: number, whenFalse: number, operand: number]

/** Operation codes (linux/bpf_common.h). */
const code = {
  loadHalfIndexed: 0x48,
  loadByteIndexed: 0x50,
  and: 0x54,
  loadIndex: 0x01,
  loadIndexIpv4Header: 0xb1,
  jumpEqual: 0x15,
  jumpGreater: 0x25,
  jumpGreaterOrEqual: 0x35,
  jumpAnyBit: 0x45,
  return: 0x06,
} as const

const rst = 0x04
const synAndAck = 0x12
const wholePacket = 0x4_0000

/**
 * A filter for a raw TCP socket that accepts only segments that may answer one of our SYNs: to one of our ports, with
 * RST or with SYN and ACK. The machine's other traffic never reaches us. A raw IPv4 socket also sees the IP header, a
 * raw IPv6 socket does not (raw(7), ipv6(7)).
 */
export function replyFilter(family: 4 | 6, ports: { readonly first: number; readonly last: number }) {
  const program: readonly Instruction[] = [
    family === 4 ? [code.loadIndexIpv4Header, 0, 0, 0] : [code.loadIndex, 0, 0, 0],
    [code.loadHalfIndexed, 0, 0, 2],
    [code.jumpGreaterOrEqual, 0, 5, ports.first],
    [code.jumpGreater, 4, 0, ports.last],
    [code.loadByteIndexed, 0, 0, 13],
    [code.jumpAnyBit, 3, 0, rst],
    [code.and, 0, 0, synAndAck],
    [code.jumpEqual, 1, 0, synAndAck],
    [code.return, 0, 0, 0],
    [code.return, 0, 0, wholePacket],
  ]
  return program
}

/** Attaches a filter to a socket (`struct sock_fprog`: a count and a pointer). The kernel copies it. */
export function attachFilter(libc: Libc, socket: number, program: readonly Instruction[]): void {
  const instructions = libc.allocate(program.length * 8)
  program.forEach(([code, whenTrue, whenFalse, operand], index) => {
    instructions.view.setUint16(index * 8, code, true)
    instructions.view.setUint8(index * 8 + 2, whenTrue)
    instructions.view.setUint8(index * 8 + 3, whenFalse)
    instructions.view.setUint32(index * 8 + 4, operand, true)
  })
  const pointed = libc.allocate(16)
  pointed.view.setUint16(0, program.length, true)
  pointed.view.setBigUint64(8, BigInt(instructions.address), true)
  libc.setOption(socket, ...option.attachFilter, pointed)
}

/** Makes a raw ICMP socket receive only these message types: raw(7); RFC 3542, section 3.2. */
export function passIcmpTypes(libc: Libc, socket: number, family: 4 | 6, types: readonly number[]): void {
  // A set bit blocks its type.
  const blocked = libc.allocate(family === 4 ? 4 : 32)
  for (let at = 0; at < blocked.view.byteLength; at += 4) blocked.view.setUint32(at, 0xffff_ffff, true)
  for (const type of types) {
    const at = (type >> 5) * 4
    blocked.view.setUint32(at, blocked.view.getUint32(at, true) & ~(1 << (type & 31)), true)
  }
  const [level, name] = family === 4 ? option.icmpFilter : option.icmpv6Filter
  libc.setOption(socket, level, name, blocked)
}
