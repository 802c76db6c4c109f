import { cut, quote } from '../../probing/wording.ts'
import type { Finding, Phases } from '../prober.ts'
import { readAnswers } from './answers.ts'
import type { Reply } from './message.ts'
import { rcodeName } from './rcodes.ts'
import type { DnsExpectation, DnsTarget } from './target.ts'
import { type RecordType, type RecordTypeName, recordTypes } from './types.ts'
import { MalformedReply } from './wire.ts'

type Failure = Pick<Extract<Finding, { online: false }>, 'reason' | 'detail'>

/** What a reply says about the target. `place` names the server. */
export function judgeReply(target: DnsTarget, reply: Reply, place: string, phases: Phases): Finding {
  const failure = findFailure(target, reply, place)
  return failure === undefined ? { online: true, phases } : { online: false, ...failure, phases }
}

/** Why a reply is not what the check expects; undefined when all of it holds. */
function findFailure(target: DnsTarget, reply: Reply, place: string): Failure | undefined {
  try {
    return compare(target, reply, place)
  } catch (error) {
    if (!(error instanceof MalformedReply)) throw error
    return { reason: 'protocol', detail: `${place} sent a malformed reply: ${error.message}` }
  }
}

function compare(target: DnsTarget, reply: Reply, place: string): Failure | undefined {
  const { expect, type } = target
  const name = cut(target.name, 48)
  const rcode = rcodeName(reply.rcode)
  if (rcode !== expect.rcode) {
    const expected = expect.rcode === 'NOERROR' ? '' : `, expected ${expect.rcode}`
    if (rcode === 'NOERROR') return assertion(`${place} answered NOERROR for ${name}${expected}`)
    const found =
      rcode === 'NXDOMAIN' ? `${name} does not exist (NXDOMAIN)` : `${place} answered ${rcode} for ${name}`
    return { reason: 'dns', detail: cut(`${found}${expected}`) }
  }
  if (expect.authentic && !reply.authentic) {
    return assertion(`${place} does not vouch for ${name} by DNSSEC (no AD flag)`)
  }
  if (expect.rcode !== 'NOERROR') return undefined

  const { owner, texts } = readAnswers(reply.answers, target.name, recordTypes[type])
  if (texts.length === 0 && expect.exact?.length !== 0) {
    const alias = owner === target.name ? '' : ` is an alias of ${cut(owner, 48)}, which`
    return { reason: 'dns', detail: cut(`${name}${alias} has no ${type} record`) }
  }
  const objection = compareTexts(texts, expect, type)
  return objection === undefined
    ? undefined
    : assertion(`${name} ${type} is ${show(texts, type)}, ${objection}`)
}

/** What is wrong with the records, as the end of a sentence; undefined when nothing is. */
function compareTexts(
  texts: readonly string[],
  { contains, any, all, exact, none }: DnsExpectation,
  type: RecordTypeName,
): string | undefined {
  const found = new Set(texts)
  const fold: RecordType['fold'] = recordTypes[type].fold
  if (contains !== undefined && !texts.some((text) => fold(text).includes(contains))) {
    return `without the text ${quote(contains)}`
  }
  if (any !== undefined && !any.some((text) => found.has(text))) {
    return `expected ${any.length > 1 ? 'one of ' : ''}${show(any, type)}`
  }
  const missing = all?.filter((text) => !found.has(text)) ?? []
  if (missing.length > 0) return `without ${show(missing, type)}`
  if (exact !== undefined && found.symmetricDifference(new Set(exact)).size > 0) {
    return `expected exactly ${exact.length === 0 ? 'no record' : show(exact, type)}`
  }
  const unwanted = none?.filter((text) => found.has(text)) ?? []
  return unwanted.length > 0 ? `with the unwanted ${show(unwanted, type)}` : undefined
}

function assertion(detail: string): Failure {
  return { reason: 'assertion', detail: cut(detail) }
}

/** The first few texts; what a server could have filled with anything is escaped. */
function show(texts: readonly string[], type: RecordTypeName): string {
  const shown = texts.slice(0, 3).map((text) => (isPlain(text, type) ? cut(text, 40) : quote(text)))
  return [...shown, ...(texts.length > 3 ? [`${texts.length - 3} more`] : [])].join(', ')
}

function isPlain(text: string, type: RecordTypeName): boolean {
  return type !== 'TXT' && type !== 'SPF' && /^[ -~]+$/.test(text)
}
