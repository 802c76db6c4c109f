import { expect, test } from 'vitest'
import { parseConfig } from '../../shared/config/parse.ts'
import { starterConfiguration } from '../../shared/config/starter.ts'
import { formatDiagnostic } from '../../shared/config/yaml/diagnostic.ts'

const warning = expect.stringContaining(
  'checks[0].allow_private: is true although regions vote on this check',
)

test.each<[url: string, checks: string[], warnings: unknown[]]>([
  ['https://example.com/', ['http https://example.com/', 'tls example.com:443', 'dns A example.com'], []],
  ['http://example.com:8080/a?b=c', ['http http://example.com:8080/a', 'dns A example.com'], []],
  [
    'https://[2606:4700::1111]:8443/',
    ['http https://[2606:4700::1111]:8443/', 'tls [2606:4700::1111]:8443'],
    [],
  ],
  ['http://localhost:3000/', ['http http://localhost:3000/'], [warning]],
  ['https://10.0.0.1/', ['http https://10.0.0.1/', 'tls 10.0.0.1:443'], [warning]],
  [`https://example.com/"'%20{}:%20#`, [expect.any(String), 'tls example.com:443', 'dns A example.com'], []],
])('a first configuration around %s is valid', (url, checks, warnings) => {
  const parsed = parseConfig(starterConfiguration(url), 'u.yaml')
  expect(parsed.errors.map(formatDiagnostic)).toEqual([])
  expect(parsed.warnings.map(formatDiagnostic)).toEqual(warnings)
  expect(parsed.config!.checks.map(({ kind, label }) => `${kind} ${label}`)).toEqual(
    checks.map((check, index) =>
      typeof check === 'string' ? check : expect.stringContaining(['http', 'tls', 'dns'][index]!),
    ),
  )
})
