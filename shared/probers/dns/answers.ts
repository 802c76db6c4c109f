import type { AnswerRecord } from './message.ts'
import type { RecordType } from './types.ts'
import { MalformedReply } from './wire.ts'

/** A reply's answers for one name and type. */
export interface Answers {
  /** The owner of the records: the queried name, or the end of its chain of aliases. */
  readonly owner: string
  /** The records in their canonical text form, in the server's order. */
  readonly texts: readonly string[]
}

const typeCname = 5

/**
 * The records of `type` for `name`, following aliases. Records of other names are ignored, because unsolicited records
 * must not be trusted (RFC 2181 §5.4.1). Throws `MalformedReply`.
 */
export function readAnswers(records: readonly AnswerRecord[], name: string, type: RecordType): Answers {
  const owner = type.code === typeCname ? name : followAliases(records, name)
  const texts: string[] = []
  for (const record of records) {
    if (record.type !== type.code || record.owner !== owner) continue
    const rdata = record.rdata.copy()
    const text = type.read(rdata)
    if (rdata.left > 0) throw new MalformedReply('a record longer than its content')
    if (text !== undefined) texts.push(text)
  }
  return { owner, texts }
}

/** Follows each alias (CNAME) at most once, in any order of records. */
function followAliases(records: readonly AnswerRecord[], name: string): string {
  const aliases = new Map<string, string>()
  for (const { owner, type, rdata } of records) {
    if (type === typeCname) aliases.set(owner, rdata.copy().name())
  }
  let owner = name
  for (let steps = 0; steps < aliases.size; steps++) {
    const next = aliases.get(owner)
    if (next === undefined) break
    owner = next
  }
  return owner
}
