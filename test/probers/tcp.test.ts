import { describe, expect, test } from 'vitest'
import { createRoot } from '../../functions/dev/demo/certificates.ts'
import { TargetError } from '../../shared/network/fault.ts'
import type { ProbeContext } from '../../shared/probers/prober.ts'
import { type TcpTarget, tcp } from '../../shared/probers/tcp/tcp.ts'
import { testContext } from '../fixtures/context.ts'
import {
  answerLines,
  type Behaviour,
  banner,
  close,
  drip,
  echo,
  flood,
  garbage,
  half,
  listen,
  refusingAddress,
  silent,
} from '../fixtures/servers.ts'

type Options = Omit<TcpTarget, 'host' | 'port'>

/** Probes a server with this behaviour; returns the finding or the error, and the server's address. */
async function probe(behave: Behaviour, options: Options = {}, context: ProbeContext = testContext()) {
  const server = await listen(behave)
  const { host, port, address } = server
  const outcome = await tcp.probe({ host, port, ...options }, context).catch((error: unknown) => error)
  return { outcome, address, server }
}

const contains = (text: string) => ({ expect: { form: 'contains', text } as const })
const line = (text: string) => ({ send: { form: 'line', text } as const })

describe('connecting alone', () => {
  test('is enough when nothing else is asked for', async () => {
    const { outcome, server } = await probe(silent)
    expect(outcome).toEqual({ online: true, phases: { connect: expect.any(Number) } })
    await expect.poll(server.open).toBe(0)
  })

  test('says that the target refuses', async () => {
    const { host, port } = await refusingAddress()
    await expect(tcp.probe({ host, port }, testContext())).rejects.toEqual(
      new TargetError('refused', `${host}:${port} refused the connection`),
    )
  })

  test('over IPv6 alone says that the name has no such address', async () => {
    await expect(tcp.probe({ host: '127.0.0.1', port: 1, ip: 6 }, testContext())).rejects.toEqual(
      new TargetError('dns', '127.0.0.1 is not an IPv6 address'),
    )
  })
})

describe('what is expected is found', () => {
  test.each<[string, Behaviour, Options]>([
    ['in a greeting', banner('220 mail.test ESMTP\r\n'), contains('ESMTP')],
    [
      'in an answer',
      answerLines((text) => (text === 'PING' ? '+PONG\r\n' : '-ERR\r\n')),
      { ...line('PING'), ...contains('PONG') },
    ],
    ['in what a server says before it closes', half('220 ready\r\n'), contains('ready')],
    ['in the third line', banner('220-one\r\n220-two\r\n220 three\r\n'), contains('three')],
    ['across packets', drip('+PONG', 5), contains('PONG')],
    [
      'as an expression',
      banner('SSH-2.0-OpenSSH_9.9\r\n'),
      { expect: { form: 'regex', text: '^SSH-2\\.0-\\w+' } },
    ],
    ['as bytes', garbage, { expect: { form: 'hex', text: '80fe0a' } }],
    ['in UTF-8', banner('grüß dich'), contains('üß')],
    ['at the end of 64 KB', banner(`${'x'.repeat(65_532)}PONG`), contains('PONG')],
    [
      'in an answer to raw text',
      echo,
      { send: { form: 'raw', text: 'a\nb' }, expect: { form: 'regex', text: '^a\nb$' } },
    ],
    [
      'in an answer to bytes',
      echo,
      { send: { form: 'hex', text: '00ff' }, expect: { form: 'hex', text: '00ff' } },
    ],
    [
      'in an answer to a line, which ends with one newline',
      echo,
      { ...line('a'), expect: { form: 'regex', text: '^a\n$' } },
    ],
    [
      'in an answer to a line that had its newline',
      echo,
      { ...line('a\r\n'), expect: { form: 'regex', text: '^a\r\n$' } },
    ],
  ])('%s', async (_, behave, options) => {
    const { outcome } = await probe(behave, options)
    expect(outcome).toEqual({
      online: true,
      phases: {
        connect: expect.any(Number),
        firstByte: expect.any(Number),
        transfer: expect.any(Number),
      },
    })
  })

  test('and the rest of an endless answer is not waited for', async () => {
    const { outcome, server } = await probe((socket) => {
      socket.write('hello')
      flood(1024 ** 3)(socket)
    }, contains('hello'))
    expect(outcome).toMatchObject({ online: true })
    await expect.poll(server.open).toBe(0)
  })
})

describe('what is expected is not found', () => {
  test.each<[string, Behaviour, Options, string, (address: string) => string]>([
    [
      'another answer, then the end',
      half('-ERR unknown\r\n'),
      contains('PONG'),
      'assertion',
      () => String.raw`expected "PONG", got "-ERR unknown\r\n"`,
    ],
    [
      'no answer, only the end',
      close,
      contains('PONG'),
      'protocol',
      (address) => `${address} closed the connection without an answer`,
    ],
    [
      'a gigabyte',
      flood(1024 ** 3),
      contains('PONG'),
      'assertion',
      () => 'expected "PONG", got 64 KB without it: "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…"',
    ],
    [
      'an answer that an expression does not match',
      half('HTTP/1.1 400 Bad Request\r\n'),
      { expect: { form: 'regex', text: '^SSH' } },
      'assertion',
      () => String.raw`expected a match of "^SSH", got "HTTP/1.1 400 Bad Request\r\n"`,
    ],
    [
      'other bytes',
      half('abc'),
      { expect: { form: 'hex', text: '00'.repeat(40) } },
      'assertion',
      () => 'expected the bytes 00000000000000000000000000000000…, got "abc"',
    ],
    [
      'escape sequences for a terminal',
      half('\u001b]0;owned\u0007\u202e'),
      contains('PONG'),
      'assertion',
      () => String.raw`expected "PONG", got "\u{1b}]0;owned\u{7}\u{202e}"`,
    ],
  ])('%s', async (_, behave, options, reason, detail) => {
    const { outcome, address } = await probe(behave, options)
    expect(outcome).toMatchObject({ online: false, reason, detail: detail(address) })
  })

  test('a reset in the middle of an answer', async () => {
    const resetWhenAsked: Behaviour = (socket) => {
      socket.once('data', () => socket.write('+PO', () => socket.resetAndDestroy()))
    }
    const { outcome, address } = await probe(resetWhenAsked, { ...line('PING'), ...contains('PONG') })
    expect(outcome).toEqual(new TargetError('reset', `${address} reset the connection`))
  })

  test('a detail fits into a ballot, whatever was expected and whatever came', async () => {
    const { outcome } = await probe(half('\u202e'.repeat(500)), contains('é'.repeat(1000)))
    expect(Buffer.byteLength((outcome as { detail: string }).detail)).toBeLessThanOrEqual(120)
  })

  test('a pattern that takes for ever over what a stranger says is our own fault', async () => {
    const { outcome } = await probe(banner(`${'a'.repeat(40)}b`), {
      expect: { form: 'regex', text: '^(a+)+$' },
    })
    expect(outcome).toEqual(
      new Error('the pattern /^(a+)+$/ took longer than 250 ms to match; write a simpler one'),
    )
  })
})

describe('when the time is over', () => {
  test('what has dripped in by then is told', async () => {
    const { outcome } = await probe(drip('+PONG', 20), contains('NEVER'), testContext({ timeoutMs: 300 }))
    expect(outcome).toMatchObject({ online: false, reason: 'assertion' })
    expect((outcome as { detail: string }).detail).toMatch(/^expected "NEVER", got "\+P?O?N?G?"$/)
  })

  test('silence is left to the stopwatch', async () => {
    const signal = AbortSignal.timeout(100)
    const { outcome, server } = await probe(silent, contains('PONG'), testContext({ signal }))
    expect(outcome).toBe(signal.reason)
    await expect.poll(server.open).toBe(0)
  })

  test('a target that does not take what is sent is left to the stopwatch', async () => {
    const signal = AbortSignal.timeout(100)
    const send = { form: 'raw', text: 'x'.repeat(32 * 1024 * 1024) } as const
    const { outcome } = await probe((socket) => void socket.pause(), { send }, testContext({ signal }))
    expect(outcome).toBe(signal.reason)
  })
})

describe('secrets', () => {
  const secret = async (text: string) => (text === 'env:PASSWORD' ? 'hunter2' : text)

  test('are sent', async () => {
    const { outcome } = await probe(
      echo,
      { ...line('env:PASSWORD'), ...contains('hunter2\n') },
      testContext({ secret }),
    )
    expect(outcome).toMatchObject({ online: true })
  })

  test('are not shown when the target repeats them, nor when it repeats a part', async () => {
    for (const repeated of [(text: string) => text, (text: string) => text.slice(0, 5)]) {
      const server = answerLines((text) => `-ERR ${repeated(text)}\n`)
      const context = testContext({ secret, timeoutMs: 100 })
      const { outcome } = await probe(server, { ...line('env:PASSWORD'), ...contains('+OK') }, context)
      const bytes = '-ERR \n'.length + repeated('hunter2').length
      expect(outcome).toMatchObject({
        detail: `expected "+OK", got ${bytes} bytes (not shown, since a secret was sent)`,
      })
    }
  })

  test('that cannot be read are our own fault, and the target is not bothered', async () => {
    const failing = () => Promise.reject(new Error('the secret env:PASSWORD cannot be read'))
    const { outcome, server } = await probe(silent, line('env:PASSWORD'), testContext({ secret: failing }))
    expect(outcome).toEqual(new Error('the secret env:PASSWORD cannot be read'))
    expect(server.accepted()).toBe(0)
  })
})

describe('over TLS', () => {
  const greeting = banner('+OK ready\r\n')
  const made = createRoot('Root').then(async (root) => ({ root, identity: await root.issue(['mail.test']) }))

  async function probeTls(tls: NonNullable<TcpTarget['tls']>, behave: Behaviour = greeting) {
    const { identity } = await made
    const server = await listen(behave, { tls: identity })
    const { host, port, address } = server
    const target: TcpTarget = { host, port, tls, ...contains('ready') }
    return { address, outcome: await tcp.probe(target, testContext()).catch((error: unknown) => error) }
  }

  test('a trusted certificate for the right name is fine', async () => {
    const { root } = await made
    const { outcome } = await probeTls({ verify: true, ca: root.pem, servername: 'mail.test' })
    expect(outcome).toMatchObject({ online: true, phases: { tls: expect.any(Number) } })
  })

  test('an unknown issuer is not', async () => {
    const { outcome, address } = await probeTls({ verify: true, servername: 'mail.test' })
    expect(outcome).toEqual(new TargetError('tls', `${address} does not send the issuer of its certificate`))
  })

  test('another name is not', async () => {
    const { root } = await made
    const { outcome, address } = await probeTls({ verify: true, ca: root.pem, servername: 'web.test' })
    expect(outcome).toEqual(new TargetError('tls', `the certificate of ${address} is for another host`))
  })

  test('without verification any will do', async () => {
    expect((await probeTls({ verify: false })).outcome).toMatchObject({ online: true })
  })

  test('a server that does not speak it says so', async () => {
    const { outcome, address } = await probe(garbage, { tls: { verify: false } })
    expect(outcome).toEqual(new TargetError('tls', `${address} does not speak TLS`))
  })

  test('a server hears a proper end', async () => {
    const { root } = await made
    let heard: string | undefined
    await probeTls({ verify: true, ca: root.pem, servername: 'mail.test' }, (socket) => {
      greeting(socket)
      socket.on('end', () => {
        heard ??= 'end'
      })
      socket.on('error', (error) => {
        heard ??= error.message
      })
      socket.resume()
    })
    await expect.poll(() => heard).toBe('end')
  })
})

test('the label names the target and nothing else', () => {
  const target: TcpTarget = { host: '::1', port: 6379, ...line('AUTH hunter2') }
  expect(tcp.label(target)).toBe('[::1]:6379')
  expect(tcp.hosts(target)).toEqual(['::1'])
})
