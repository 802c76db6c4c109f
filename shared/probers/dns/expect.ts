import type { Phases } from '../../network/connection.ts'
import { quote } from '../../text/escape.ts'
import { truncateBytes } from '../../text/truncate.ts'
import type { Finding } from '../prober.ts'
import { readAnswers } from './answers.ts'
import type { Reply } from './message.ts'
import { rcodeName } from './rcodes.ts'
import type { DnsExpectation, DnsTarget } from './target.ts'
import { type RecordType, type RecordTypeName, recordTypes } from './types.ts'
import { MalformedReply, malformed } from './wire.ts'

type Failure = Pick<Extract<Finding, { online: false }>, 'reason' | 'detail'>

/**
 * Judges a reply; `peer` names the server. Throws `TargetError` (`protocol`) if the records cannot be read.
 */
export function judgeReply(target: DnsTarget, reply: Reply, peer: string, phases: Phases): Finding {
  try {
    const failure = findFailure(target, reply, peer)
    return failure === undefined ? { online: true, phases } : { online: false, ...failure, phases }
  } catch (error) {
    throw error instanceof MalformedReply ? malformed(peer, error) : error
  }
}

/** Why a reply is not as expected; undefined if it is. */
function findFailure(target: DnsTarget, reply: Reply, peer: string): Failure | undefined {
  const { expect, type } = target
  const name = truncateBytes(target.name, 40)
  const rcode = rcodeName(reply.rcode)
  if (rcode !== expect.rcode) {
    const expected = expect.rcode === 'NOERROR' ? '' : `, expected ${expect.rcode}`
    if (rcode === 'NOERROR') return assertion(`${peer} answered NOERROR for ${name}${expected}`)
    const found =
      rcode === 'NXDOMAIN' ? `${name} does not exist (NXDOMAIN)` : `${peer} answered ${rcode} for ${name}`
    return { reason: 'dns', detail: truncateBytes(`${found}${expected}`) }
  }
  if (expect.authentic && !reply.authentic) {
    return assertion(`${peer} did not validate ${name} by DNSSEC (no AD flag)`)
  }
  if (expect.rcode !== 'NOERROR') return undefined
  if (reply.referredTo !== undefined) {
    const zone = truncateBytes(reply.referredTo, 40)
    return {
      reason: 'dns',
      detail: truncateBytes(`${peer} refers to the servers of ${zone} instead of answering`),
    }
  }

  const { owner, texts } = readAnswers(reply.answers, target.name, recordTypes[type])
  if (texts.length === 0 && expect.exact?.length !== 0) {
    const alias = owner === target.name ? '' : ` is an alias of ${truncateBytes(owner, 40)}, which`
    return { reason: 'dns', detail: truncateBytes(`${name}${alias} has no ${type} record`) }
  }
  const expected = findUnmet(texts, expect, type)
  return expected === undefined
    ? undefined
    : assertion(`${name} ${type} is ${show(texts, type)}; expected ${expected}`)
}

/** The first condition that the records do not meet, as the end of a sentence; undefined if all are met. */
function findUnmet(
  texts: readonly string[],
  { contains, any, all, exact, none }: DnsExpectation,
  type: RecordTypeName,
): string | undefined {
  const found = new Set(texts)
  const { fold }: RecordType = recordTypes[type]
  if (contains !== undefined && !texts.some((text) => fold(text).includes(contains))) {
    return `the text ${quote(contains)}`
  }
  if (any !== undefined && !any.some((text) => found.has(text))) {
    return `${any.length > 1 ? 'one of ' : ''}${show(any, type)}`
  }
  const missing = all?.filter((text) => !found.has(text)) ?? []
  if (missing.length > 0) return `also ${show(missing, type)}`
  if (exact !== undefined && found.symmetricDifference(new Set(exact)).size > 0) {
    return exact.length === 0 ? 'no record' : `exactly ${show(exact, type)}`
  }
  const unwanted = none?.filter((text) => found.has(text)) ?? []
  return unwanted.length > 0 ? `no ${show(unwanted, type)}` : undefined
}

function assertion(detail: string): Failure {
  return { reason: 'assertion', detail: truncateBytes(detail) }
}

/** Leaves room for two lists and a name within a detail. */
const maxListBytes = 44

/** As many texts as fit; texts of arbitrary content are escaped. */
function show(texts: readonly string[], type: RecordTypeName): string {
  let shown = showOne(texts[0]!, type)
  for (const [index, text] of texts.entries()) {
    if (index === 0) continue
    const longer = `${shown}, ${showOne(text, type)}`
    if (Buffer.byteLength(longer) > maxListBytes) return `${shown} and ${texts.length - index} more`
    shown = longer
  }
  return shown
}

function showOne(text: string, type: RecordTypeName): string {
  const plain = type !== 'TXT' && type !== 'SPF' && /^[ -~]+$/.test(text)
  return plain ? truncateBytes(text, maxListBytes) : quote(text, maxListBytes)
}
