import { expect, test } from 'vitest'
import { parseConfig } from '../../shared/config/parse.ts'
import { formatDiagnostic } from '../../shared/config/yaml/diagnostic.ts'

function errorsOf(text: string): string[] {
  return parseConfig(text, 'u.yaml').errors.map(formatDiagnostic)
}

function checks(count: number, options: (index: number) => string): string {
  const lines = Array.from({ length: count }, (_, index) => `  - { name: check-${index}, ${options(index)} }`)
  return ['regions: [us-east-1, eu-west-1, eu-north-1]', 'checks:', ...lines].join('\n')
}

test('a file of more than 2 MiB is refused', () => {
  expect(errorsOf(`# ${'é'.repeat(1024 * 1024)}`)).toEqual([
    'u.yaml:1:1: is too large, must be at most 2 MiB',
  ])
})

test.each([
  ['lists', '['.repeat(100_000)],
  ['mappings', '{a: '.repeat(20_000)],
  ['items', '- '.repeat(20_000)],
])('%s nested beyond reason are refused', (_title, text) => {
  expect(errorsOf(text)).toEqual([expect.stringMatching(/^u\.yaml:1:\d+: is nested too deeply$/)])
})

test('aliases of aliases of aliases are refused before they are followed', () => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
  for (let level = 1; level < 100; level++)
    lines.push(`a${level}: &a${level} [${`*a${level - 1}, `.repeat(10)}]`)
  expect(errorsOf(lines.join('\n'))).toEqual([
    'u.yaml:1:1: stands for more than 500,000 values once its aliases are followed',
  ])
})

test('a thousand checks may share one anchor', () => {
  const text = checks(1000, () => "<<: *base, tcp: { address: 'a.example:80' }")
  expect(
    parseConfig(`x-base: &base { interval: 5m, tags: [a, b] }\n${text}`, 'u.yaml').config!.checks,
  ).toHaveLength(1000)
})

test('a thousand wrong checks are a thousand errors', () => {
  expect(errorsOf(checks(1000, () => 'tcp: { adress: 1 }'))).toHaveLength(2000)
})

test('a shard above 200 KB is refused at its largest check', () => {
  const body = (index: number) => `${index % 100}`.padEnd(index === 150 ? 3000 : 1500, '.')
  const text = checks(250, (index) => `http: { url: https://a.example/, body: '${body(index)}' }`)
  expect(errorsOf(text)).toEqual([
    expect.stringMatching(
      /^u\.yaml:153:5 checks\[150\]: takes 4 KB, the most of the 200 checks that share its shard of the plan; together they take 3\d\d KB, at most 200 KB are allowed$/,
    ),
  ])
})

test('checks of other intervals, other voters or none count in other shards', () => {
  const others = ['interval: 30s', 'from: [us-east-1, eu-west-1]', 'enabled: false', 'timeout: 5s']
  const text = checks(
    200,
    (index) => `http: { url: https://a.example/, body: '${'.'.repeat(2000)}' }, ${others[index % 4]}`,
  )
  expect(errorsOf(text)).toEqual([])
})
