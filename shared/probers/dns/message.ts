import { Cursor, encodeName } from './wire.ts'

/** A query without its id: the same for every server and every attempt. */
export interface Question {
  /** Lower case, without the final dot; the root is `.`. */
  readonly name: string
  /** The record type's number. */
  readonly type: number
  /** Ask the server to find the answer elsewhere (RD). */
  readonly recursion: boolean
  /** Ask the server to say whether it validated the answer (AD in a query, RFC 6840 §5.7). */
  readonly authentic: boolean
}

/** A record of the answer section, of class IN. */
export interface AnswerRecord {
  readonly owner: string
  readonly type: number
  /** Read from a `copy()`, because reading moves the cursor. */
  readonly rdata: Cursor
}

export interface Reply {
  /** Includes the upper bits from EDNS, if any (RFC 6891 §6.1.3). */
  readonly rcode: number
  readonly truncated: boolean
  /** The server says that it validated the answer by DNSSEC (AD). */
  readonly authentic: boolean
  /** The zone to whose servers the reply refers instead of answering (RFC 1034 §4.3.2, step 3b). */
  readonly referredTo?: string
  /** The reply has an OPT record, so the server supports EDNS. */
  readonly edns: boolean
  /** Empty if the reply is truncated: the query is then repeated over TCP. */
  readonly answers: readonly AnswerRecord[]
}

const headerBytes = 12
const classIn = 1
const typeNs = 2
const typeSoa = 6
const typeOpt = 41
const authoritative = 0x0400
const truncation = 0x0200
const recursionDesired = 0x0100
const authenticData = 0x0020
/** Maximum UDP payload: replies up to this size pass any sane path unfragmented (DNS flag day 2020). */
const udpPayloadBytes = 1232

/** The OPT record (RFC 6891 §6.1.2): root, type, payload size, no extended rcode, version 0, no options. */
const opt = Buffer.from([0, 0, typeOpt, udpPayloadBytes >> 8, udpPayloadBytes & 0xff, 0, 0, 0, 0, 0, 0])

/** Encodes a query. `id` is 16 random bits. */
export function encodeQuery(question: Question, id: number, edns: boolean): Buffer {
  const name = encodeName(question.name)
  // Not zeroed: every byte must be written.
  const query = Buffer.allocUnsafe(headerBytes + name.length + 4 + (edns ? opt.length : 0))
  query.fill(0, 0, headerBytes)
  query.writeUInt16BE(id, 0)
  query.writeUInt16BE(
    (question.recursion ? recursionDesired : 0) | (question.authentic ? authenticData : 0),
    2,
  )
  query.writeUInt16BE(1, 4)
  query.writeUInt16BE(edns ? 1 : 0, 10)
  query.set(name, headerBytes)
  const nameEnd = headerBytes + name.length
  query.writeUInt16BE(question.type, nameEnd)
  query.writeUInt16BE(classIn, nameEnd + 2)
  if (edns) query.set(opt, nameEnd + 4)
  return query
}

/**
 * Why these bytes are not a reply to this query; undefined if they are. Id and question protect against forged
 * datagrams (RFC 5452 §9.1).
 */
export function mismatch(query: Buffer, reply: Buffer): string | undefined {
  if (reply.length < headerBytes) return 'too short for DNS'
  if (reply.readUInt16BE(0) !== query.readUInt16BE(0)) return 'wrong id'
  const flags = reply.readUInt16BE(2)
  if ((flags & 0xf800) !== 0x8000) return 'not a reply'
  const questions = reply.readUInt16BE(4)
  // A server that could not or would not read the query may leave out the question.
  if (questions === 0 && (flags & 0x000f) !== 0) return undefined
  if (questions !== 1 || !sameQuestion(query, reply)) return 'wrong question'
  return undefined
}

/** Compares the question sections: the name ignoring case, type and class exactly. */
function sameQuestion(query: Buffer, reply: Buffer): boolean {
  const name = new Cursor(query, headerBytes)
  name.skipName()
  const nameEnd = query.length - name.left
  if (reply.length < nameEnd + 4) return false
  for (let at = headerBytes; at < nameEnd; at++) {
    // Length bytes are at most 63 and so below 'A', so lowering the case does not change them.
    if (lowerCase(query[at]!) !== lowerCase(reply[at]!)) return false
  }
  return query.readUInt32BE(nameEnd) === reply.readUInt32BE(nameEnd)
}

function lowerCase(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte
}

/** Decodes a reply that `mismatch` accepted. Throws `MalformedReply`. */
export function decodeReply(message: Buffer): Reply {
  const cursor = new Cursor(message, 2)
  const flags = cursor.u16()
  const questionCount = cursor.u16()
  const answerCount = cursor.u16()
  const recordCount = answerCount + cursor.u16() + cursor.u16()
  const rcode = flags & 0x0f
  const authentic = (flags & authenticData) !== 0
  if ((flags & truncation) !== 0) return { rcode, truncated: true, authentic, edns: false, answers: [] }

  for (let index = 0; index < questionCount; index++) {
    cursor.skipName()
    cursor.bytes(4)
  }
  const answers: AnswerRecord[] = []
  let upperRcode = 0
  let edns = false
  let referredTo: string | undefined
  let hasSoa = false
  // Every iteration consumes at least 11 bytes or throws, so the header's counts need no bound.
  for (let index = 0; index < recordCount; index++) {
    const owner = cursor.copy()
    cursor.skipName()
    const type = cursor.u16()
    const recordClass = cursor.u16()
    const ttl = cursor.u32()
    const rdata = cursor.slice(cursor.u16())
    if (index < answerCount) {
      if (recordClass === classIn) answers.push({ owner: owner.name(), type, rdata })
    } else if (type === typeOpt) {
      edns = true
      upperRcode = ttl >>> 24
    } else if (type === typeSoa) hasSoa = true
    else if (type === typeNs) referredTo ??= owner.name()
  }
  // A referral has name servers but no SOA, and is not authoritative (RFC 2308 §2.2).
  const isReferral = answers.length === 0 && !hasSoa && (flags & authoritative) === 0
  return {
    rcode: (upperRcode << 4) | rcode,
    truncated: false,
    authentic,
    edns,
    answers,
    ...(isReferral && referredTo !== undefined && { referredTo }),
  }
}
