import { expect, test } from 'vitest'
import { attribute, explain, ownFault } from '../../shared/network/errno.ts'
import { TargetError } from '../../shared/network/fault.ts'

const coded = (code: string) => Object.assign(new Error(`connect ${code}`), { code })

test.each([
  ['ECONNREFUSED', 'refused', 'web:80 refused the connection'],
  ['ECONNRESET', 'reset', 'web:80 reset the connection'],
  ['ECONNABORTED', 'reset', 'the connection to web:80 was aborted'],
  ['EPIPE', 'reset', 'web:80 closed the connection while we were sending'],
  ['ETIMEDOUT', 'timeout', 'web:80 did not answer'],
  ['EHOSTUNREACH', 'unreachable', 'there is no route to web:80'],
  ['EHOSTDOWN', 'unreachable', 'web:80 is not on its network'],
  ['EPROTO', 'tls', 'web:80 broke the TLS protocol'],
  ['CERT_HAS_EXPIRED', 'expired', 'the certificate of web:80 has expired'],
  ['CERT_NOT_YET_VALID', 'tls', 'the certificate of web:80 is not valid yet'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls', 'the certificate of web:80 is self-signed'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'tls', 'the certificate of web:80 ends in an unknown root'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'tls', 'the certificate of web:80 has an unknown issuer'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls', 'web:80 does not send the issuer of its certificate'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls', 'the certificate of web:80 is for another host'],
  ['CERT_SIGNATURE_FAILURE', 'tls', 'the certificate of web:80 is refused: cert signature failure'],
  ['INVALID_PURPOSE', 'tls', 'the certificate of web:80 is refused: invalid purpose'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls', 'web:80 does not speak TLS'],
  [
    'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
    'tls',
    'the TLS handshake with web:80 failed: tlsv1 alert protocol version',
  ],
])('%s is the target’s fault', (code, reason, detail) => {
  expect(explain(coded(code), 'web:80')).toEqual({ of: 'target', reason, detail })
  expect(attribute(coded(code), 'web:80')).toEqual(new TargetError(reason as 'tls', detail))
})

test.each([
  ['EMFILE', 'this voter has too many open files (EMFILE)'],
  ['ENFILE', "this voter's system has too many open files (ENFILE)"],
  ['ENOBUFS', 'this voter has no buffer space left (ENOBUFS)'],
  ['ENOMEM', 'this voter has no memory left (ENOMEM)'],
  ['EADDRINUSE', "this voter's source address is in use (EADDRINUSE)"],
  ['EADDRNOTAVAIL', 'this voter has no such source address or no free port (EADDRNOTAVAIL)'],
  ['EAFNOSUPPORT', 'this voter does not have this IP version (EAFNOSUPPORT)'],
  ['EACCES', 'this voter is not permitted to connect (EACCES)'],
  ['EPERM', 'this voter is not permitted to connect (EPERM)'],
  ['ENETUNREACH', 'this voter has no route to that network (ENETUNREACH)'],
  ['ENETDOWN', "this voter's network is down (ENETDOWN)"],
  ['ERR_OSSL_PEM_NO_START_LINE', 'connect ERR_OSSL_PEM_NO_START_LINE'],
])('%s is our own fault', (code, detail) => {
  const error = coded(code)
  expect(explain(error, 'web:80')).toEqual({ of: 'us', detail })
  expect(attribute(error, 'web:80')).toBe(error)
})

test('what nobody knows is never blamed on the target', () => {
  for (const error of [
    new Error('boom'),
    new TypeError('x is undefined'),
    'text',
    undefined,
    null,
    { code: 7 },
  ]) {
    expect(explain(error, 'web:80').of).toBe('us')
  }
  expect(ownFault(new Error('boom'))).toBe('boom')
  expect(ownFault(undefined)).toBe('this voter failed')
})

test('a finding that is already one stays what it is', () => {
  expect(explain(new TargetError('dns', 'the name x does not exist'), 'x')).toEqual({
    of: 'target',
    reason: 'dns',
    detail: 'the name x does not exist',
  })
})
