import { randomInt } from 'node:crypto'
import type { Peer } from '../../network/address.ts'
import type { Phases } from '../../network/connection.ts'
import { attribute } from '../../network/errno.ts'
import { TargetError } from '../../network/fault.ts'
import type { ExchangeContext } from './exchange-context.ts'
import { decodeReply, encodeQuery, type Question, type Reply } from './message.ts'
import { askOverTcp } from './tcp.ts'
import { askOverUdp } from './udp.ts'
import { MalformedReply, malformed } from './wire.ts'

export interface Exchange {
  readonly reply: Reply
  readonly phases: Pick<Phases, 'connect' | 'firstByte'>
}

const formErr = 1
const notImp = 4
const badVers = 16

/**
 * Asks one server one question: over UDP, over TCP where the reply does not fit, and once more without
 * EDNS where the server does not know it (RFC 6891 §7). Throws `TargetError` when the server is at fault,
 * silence until the end of the lifetime included, and any other error when we are.
 */
export async function exchange(question: Question, peer: Peer, context: ExchangeContext): Promise<Exchange> {
  const startMs = context.clock.monotonic()
  let attempt = await ask(question, peer, context, true)
  if (refusesEdns(attempt.reply)) attempt = await ask(question, peer, context, false)
  const { reply, connectMs } = attempt
  const firstByte = context.clock.monotonic() - startMs - (connectMs ?? 0)
  return { reply, phases: { ...(connectMs !== undefined && { connect: connectMs }), firstByte } }
}

function refusesEdns({ rcode, edns }: Reply): boolean {
  return rcode === badVers || (!edns && (rcode === formErr || rcode === notImp))
}

interface Attempt {
  readonly reply: Reply
  readonly connectMs?: number | undefined
}

async function ask(
  question: Question,
  peer: Peer,
  context: ExchangeContext,
  edns: boolean,
): Promise<Attempt> {
  const query = encodeQuery(question, randomInt(0x1_0000), edns)
  if (context.transport === 'tcp') return askTcp(query, peer, context)
  let reply: Reply
  try {
    reply = decodeReply(await askOverUdp(query, peer, context))
  } catch (error) {
    throw blame(error, peer, context)
  }
  if (!reply.truncated) return { reply }
  try {
    return await askTcp(query, peer, context)
  } catch (error) {
    if (!(error instanceof TargetError)) throw error
    // The sentence about a refused TCP connection must say why TCP was tried at all.
    throw new TargetError(error.reason, `the reply is truncated over UDP, and ${error.message}`)
  }
}

async function askTcp(query: Buffer, peer: Peer, context: ExchangeContext): Promise<Attempt> {
  try {
    const { socket, phases } = await context.connect(peer)
    const reply = decodeReply(await askOverTcp(query, socket, peer.name, context.lifetime))
    if (reply.truncated) throw new MalformedReply('truncated over TCP')
    return { reply, connectMs: phases.connect }
  } catch (error) {
    throw blame(error, peer, context)
  }
}

/** A `TargetError` for whatever is the server's doing, its silence included; other errors as they are. */
function blame(error: unknown, { name: peerName }: Peer, { lifetime }: ExchangeContext): unknown {
  if (error instanceof MalformedReply) return malformed(peerName, error)
  const fault = attribute(error, peerName)
  if (fault instanceof TargetError || lifetime.reason === undefined) return fault
  return new TargetError('timeout', `${peerName} did not answer`)
}
