import { decode } from 'dns-packet'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readAnswers } from '../../shared/probers/dns/answers.ts'
import { decodeReply, encodeQuery, mismatch, type Question } from '../../shared/probers/dns/message.ts'
import { recordTypes } from '../../shared/probers/dns/types.ts'
import { Cursor, encodeName, MalformedReply } from '../../shared/probers/dns/wire.ts'

const hex = (...parts: string[]) => Buffer.from(parts.join('').replace(/\s/g, ''), 'hex')

const question: Question = { name: 'www.example.com', type: 1, recursion: true, authentic: false }
const wwwExampleCom = '03 777777 07 6578616d706c65 03 636f6d 00'
/** A reply: www.example.com is an alias of a.test, which has the address 192.0.2.1; with an OPT record. */
const replyHex = [
  'beef 8180 0001 0002 0000 0001',
  wwwExampleCom,
  '0001 0001',
  'c00c 0005 0001 0000003c 0008 01 61 04 74657374 00',
  'c02d 0001 0001 0000003c 0004 c0000201',
  '00 0029 04d0 00000000 0000',
]
const query = encodeQuery(question, 0xbeef, true)

describe('a query', () => {
  test('asks one question, recursively, and offers 1,232 bytes by EDNS', () => {
    const expected = hex(
      'beef 0100 0001 0000 0000 0001',
      wwwExampleCom,
      '0001 0001',
      '00 0029 04d0 00 00 0000 0000',
    )
    expect(query).toEqual(expected)
  })

  test('can go without EDNS and recursion, for the root, and ask for validation', () => {
    const bare = { name: '.', type: 257, recursion: false, authentic: true }
    expect(encodeQuery(bare, 1, false)).toEqual(hex('0001 0020 0001 0000 0000 0000 00 0101 0001'))
  })

  test('is understood by another implementation', () => {
    expect(decode(query)).toMatchObject({
      id: 0xbeef,
      type: 'query',
      flag_rd: true,
      questions: [{ name: 'www.example.com', type: 'A', class: 'IN' }],
      additionals: [{ type: 'OPT', udpPayloadSize: 1232, ednsVersion: 0 }],
    })
  })
})

describe('what counts as the reply to a query', () => {
  const header = (id: string, flags: string, questions: string) =>
    `${id} ${flags} ${questions} 0000 0000 0000`
  test.each([
    ['nothing at all', [''], 'too short for DNS'],
    ['eleven bytes', ['beef 8180 0001 0000 0000 00'], 'too short for DNS'],
    ['another id', [header('beee', '8180', '0001'), wwwExampleCom, '0001 0001'], 'wrong id'],
    ['the query itself', [query.toString('hex')], 'not a reply'],
    ['a reply to a NOTIFY', [header('beef', 'a180', '0001'), wwwExampleCom, '0001 0001'], 'not a reply'],
    ['no question', [header('beef', '8180', '0000')], 'wrong question'],
    ['two questions', [header('beef', '8180', '0002'), wwwExampleCom, '0001 0001'], 'wrong question'],
    [
      'another name',
      [header('beef', '8180', '0001'), '03 777776', wwwExampleCom.slice(9), '0001 0001'],
      'wrong question',
    ],
    ['another type', [header('beef', '8180', '0001'), wwwExampleCom, '001c 0001'], 'wrong question'],
    ['another class', [header('beef', '8180', '0001'), wwwExampleCom, '0001 0003'], 'wrong question'],
    [
      'a question that is cut short',
      [header('beef', '8180', '0001'), wwwExampleCom, '0001'],
      'wrong question',
    ],
    [
      'a label that is longer',
      [header('beef', '8180', '0001'), '04 777777', wwwExampleCom.slice(9), '0001 0001'],
      'wrong question',
    ],
    ['the question', [header('beef', '8180', '0001'), wwwExampleCom, '0001 0001'], undefined],
    [
      'the question in upper case',
      [header('beef', '8180', '0001'), '03 575757', wwwExampleCom.slice(9), '0001 0001'],
      undefined,
    ],
    ['FORMERR without the question', [header('beef', '8181', '0000')], undefined],
    ['the whole reply', replyHex, undefined],
  ])('%s', (_, parts, problem) => {
    expect(mismatch(query, hex(...parts))).toBe(problem)
  })

  test('type 97 is not taken for type 65, although lower case would be', () => {
    const https = encodeQuery({ ...question, type: 65 }, 1, false)
    const other = encodeQuery({ ...question, type: 97 }, 1, false)
    other.writeUInt16BE(0x8180, 2)
    expect(mismatch(https, other)).toBe('wrong question')
  })
})

describe('a reply', () => {
  test('gives its answers, code and flags', () => {
    const reply = decodeReply(hex(...replyHex))
    expect(reply).toMatchObject({ rcode: 0, truncated: false, authentic: false, edns: true })
    expect(reply.answers.map(({ owner, type }) => [owner, type])).toEqual([
      ['www.example.com', 5],
      ['a.test', 1],
    ])
    expect(readAnswers(reply.answers, 'www.example.com', recordTypes.A)).toEqual({
      owner: 'a.test',
      texts: ['192.0.2.1'],
    })
  })

  test('has the upper bits of its code in the OPT record', () => {
    const badVers = hex('beef 8180 0000 0000 0000 0001', '00 0029 04d0 01000000 0000')
    expect(decodeReply(badVers)).toMatchObject({ rcode: 16, edns: true })
  })

  test('is not read any further where it is truncated', () => {
    const cut = hex('beef 8380 0001 0005 0000 0000', wwwExampleCom, '0001 0001', 'c0')
    expect(decodeReply(cut)).toMatchObject({ truncated: true, answers: [] })
  })

  test.each([
    ['a record that is cut short', ['c00c 0001 0001 0000003c 0004 c00002'], 'cut short'],
    ['a record without its length', ['c00c 0001 0001 0000003c'], 'cut short'],
    ['fewer records than it says', [''], 'cut short'],
    ['a pointer to itself', ['c021 0001 0001 0000003c 0004 c0000201'], 'a bad compression pointer'],
    ['a pointer forwards', ['c030 0001 0001 0000003c 0004 c0000201'], 'a bad compression pointer'],
    ['a pointer behind its end', ['ffff 0001 0001 0000003c 0004 c0000201'], 'a bad compression pointer'],
    ['a label of the old kind', ['41 0001 0001 0000003c 0004 c0000201'], 'a label of an unknown kind'],
  ])('%s is malformed', (_, parts, message) => {
    const bytes = hex('beef 8180 0001 0001 0000 0000', wwwExampleCom, '0001 0001', ...parts)
    expect(() => decodeReply(bytes)).toThrow(new MalformedReply(message))
  })

  test.each([
    [
      'an address of five bytes',
      ['c00c 0001 0001 0000003c 0005 c000020100'],
      'a record longer than its content',
    ],
    ['an address of three bytes', ['c00c 0001 0001 0000003c 0003 c00002'], 'cut short'],
  ])('%s is malformed', (_, parts, message) => {
    const bytes = hex('beef 8180 0001 0001 0000 0000', wwwExampleCom, '0001 0001', ...parts)
    const { answers } = decodeReply(bytes)
    expect(() => readAnswers(answers, 'www.example.com', recordTypes.A)).toThrow(new MalformedReply(message))
  })

  test('records of another class and of strangers do not count', () => {
    const bytes = hex(
      'beef 8180 0001 0003 0000 0000',
      wwwExampleCom,
      '0001 0001',
      'c00c 0001 0003 0000003c 0004 c0000201',
      'c010 0001 0001 0000003c 0004 c0000202',
      'c00c 0001 0001 0000003c 0004 c0000203',
    )
    expect(readAnswers(decodeReply(bytes).answers, 'www.example.com', recordTypes.A).texts).toEqual([
      '192.0.2.3',
    ])
  })

  test('aliases that lead in a circle lead nowhere', () => {
    const bytes = hex(
      'beef 8180 0001 0002 0000 0000',
      wwwExampleCom,
      '0001 0001',
      'c00c 0005 0001 0000003c 0002 c010',
      'c010 0005 0001 0000003c 0002 c00c',
    )
    const { answers } = decodeReply(bytes)
    expect(readAnswers(answers, 'www.example.com', recordTypes.A).texts).toEqual([])
    expect(readAnswers(answers, 'www.example.com', recordTypes.CNAME).texts).toEqual(['example.com'])
  })
})

describe('names', () => {
  const read = (bytes: Buffer) => new Cursor(bytes).name()

  test.each([
    ['the root', '00', '.'],
    ['upper case', '03 575757 03 434f4d 00', 'www.com'],
    ['a dot inside a label', '03 612e62 00', 'a\\.b'],
    ['a backslash', '01 5c 00', '\\\\'],
    ['bytes that are no text', '04 00 20 c3 ff 00', '\\000\\032\\195\\255'],
  ])('%s', (_, bytes, name) => {
    expect(read(hex(bytes))).toBe(name)
  })

  test('what is encoded is read back', () => {
    const label = fc.stringMatching(/^[a-z0-9_*-]{1,63}$/)
    fc.assert(
      fc.property(fc.array(label, { minLength: 1, maxLength: 3 }), (labels) => {
        expect(read(encodeName(labels.join('.')))).toBe(labels.join('.'))
      }),
    )
  })

  test('a name of 255 bytes is read, one of 256 is malformed', () => {
    const label = (length: number) => Buffer.concat([Buffer.from([length]), Buffer.alloc(length, 'a')])
    const name = (last: number) =>
      Buffer.concat([label(63), label(63), label(63), label(last), Buffer.from([0])])
    expect(read(name(61))).toHaveLength(253)
    expect(() => read(name(62))).toThrow('a name that is too long')
  })

  test('128 pointers in a row are malformed, 127 are not', () => {
    // A root, then pointers, each to the one before it.
    const chain = Buffer.alloc(1 + 2 * 128)
    for (let index = 0; index < 128; index++)
      chain.writeUInt16BE(0xc000 + Math.max(0, 2 * index - 1), 1 + 2 * index)
    expect(new Cursor(chain, 1 + 2 * 126).name()).toBe('.')
    expect(() => new Cursor(chain, 1 + 2 * 127).name()).toThrow('a bad compression pointer')
  })
})

describe('hostile replies', () => {
  /** Reads everything in a reply; the only error allowed is `MalformedReply`. */
  function readAll(bytes: Buffer) {
    try {
      const reply = decodeReply(bytes)
      for (const type of Object.values(recordTypes)) readAnswers(reply.answers, 'www.example.com', type)
    } catch (error) {
      if (!(error instanceof MalformedReply)) throw error
    }
  }

  test('random bytes are malformed at worst', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 12, maxLength: 600 }), (bytes) => {
        mismatch(query, Buffer.from(bytes))
        readAll(Buffer.from(bytes))
      }),
      { numRuns: 1000 },
    )
  })

  test('mutated replies are malformed at worst', () => {
    const original = hex(...replyHex)
    const edit = fc.record({ at: fc.nat(original.length - 1), byte: fc.nat(255) })
    fc.assert(
      fc.property(
        fc.array(edit, { minLength: 1, maxLength: 8 }),
        fc.nat(original.length),
        (edits, length) => {
          const bytes = Buffer.from(original)
          for (const { at, byte } of edits) bytes[at] = byte
          mismatch(query, bytes)
          readAll(bytes)
          if (length >= 12) readAll(bytes.subarray(0, length))
        },
      ),
      { numRuns: 1000 },
    )
  })

  test('records of any type with random content are malformed at worst', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(recordTypes).map(({ code }) => code)),
        fc.uint8Array({ maxLength: 80 }),
        (type, rdata) => {
          const head = hex('beef 8180 0001 0001 0000 0000', wwwExampleCom, '0001 0001', 'c00c')
          const numbers = Buffer.alloc(10)
          numbers.writeUInt16BE(type, 0)
          numbers.writeUInt16BE(1, 2)
          numbers.writeUInt16BE(rdata.length, 8)
          readAll(Buffer.concat([head, numbers, rdata]))
        },
      ),
      { numRuns: 2000 },
    )
  })

  test('64 KB of names that point at one long name are read in bounded work', () => {
    // A name of 127 one-byte labels after the header, then as many records of that name as fit.
    const name = Buffer.concat([Buffer.from('0161'.repeat(127), 'hex'), Buffer.from([0])])
    const record = hex('c00c 0002 0001 0000003c 0002 c00c')
    const count = Math.floor((65_535 - 12 - name.length - 4) / record.length)
    const header = hex('beef 8180 0001', count.toString(16).padStart(4, '0'), '0000 0000')
    const bytes = Buffer.concat([header, name, hex('0002 0001'), ...Array<Buffer>(count).fill(record)])
    const { answers } = decodeReply(bytes)
    expect(answers).toHaveLength(4661)
    expect(readAnswers(answers, answers[0]!.owner, recordTypes.NS).texts).toHaveLength(4661)
  })
})
