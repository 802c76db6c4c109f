import { expect, test } from 'vitest'
import { testFolder } from './folder.ts'
import { run } from './program.ts'

const folder = testFolder()
const file = folder.write(
  'upquorum.yaml',
  `regions: [us-east-1, eu-west-1, eu-north-1]
checks:
  - { name: web, http: { url: https://example.com/ } }
  - { name: cert, tls: { address: 'example.com:443' }, interval: 1h }
`,
)
const cost = (...args: string[]) => run(['cost', ...args], { cwd: folder.path })

test('says what a month costs, of what, when the prices held, and what else one could do', async () => {
  const { code, stdout, stderr } = await cost(file)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const lines = stdout.trimEnd().split('\n')
  expect(lines.map((line) => line.replaceAll(/\d+\.\d\d\d?(?!\d| GB)/g, '#').replaceAll(/ +/g, ' '))).toEqual(
    [
      'USD per month list price after free tier usage',
      'DynamoDB # # 180K writes, 640K reads, 0.027 GB, 0.027 GB of backup',
      'Lambda # # 150K GB-s, 440K invocations',
      'SQS # # 2.3M requests',
      'Scheduler # # 180K calls',
      'CloudWatch # # 11 alarms, 1 dashboard',
      'data out # # 0.24 GB, 0.89 GB between regions',
      'runners # #',
      'total # #',
      'per check # #',
      '',
      '2 checks, 133,590 results a month; us-east-1 list prices of November 2026; other regions cost up to 70 % more',
      'not included: alerts (above all SMS), error logs, waiting for a check that stays silent (up to $# a month), reading secrets, X-Ray, cold starts, S3, tax',
      'the same with Route 53 health checks: $#; with CloudWatch Synthetics: $#',
      'worst-case time to announce an outage: 3 min (the fastest check) to 2 h 1 min (the slowest)',
      'with 1 voter down: 4 min (the fastest check) to 2 h 2 min (the slowest)',
    ],
  )
})

test('one check is one check, its price has tenths of a cent, and thousands stand apart', async () => {
  const { write } = folder
  const of = async (text: string) => (await cost(write('other.yaml', text))).stdout
  const one = await of(`regions: [us-east-1]
defaults: { confirmations: 1 }
checks: [{ name: web, http: { url: https://example.com/ } }]
`)
  expect(one).toMatch(/^per check +\d+\.\d{3} +\d+\.\d{3}$/m)
  expect(one).toMatch(/^1 check, 43,800 results a month;/m)
  expect(one).toMatch(/^no voter or home may be down meanwhile$/m)
  const many = await of(`regions: [us-east-1, eu-west-1, eu-north-1, ap-southeast-2]
checks:
${Array.from({ length: 100 }, (_, index) => `  - { name: c${index}, tcp: { address: 'example.com:443' } }`).join('\n')}
`)
  expect(many).toMatch(/; with CloudWatch Synthetics: \$\d{2},\d{3}\.\d\d$/m)
  // The decimal points of the prices line up.
  const points = many
    .split('\n')
    .slice(1, 10)
    .map((line) => line.indexOf('.'))
  expect(new Set(points).size).toBe(1)
})

test('as JSON says the same in numbers', async () => {
  const { services, usd, ...rest } = JSON.parse((await cost(file, '--json')).stdout) as {
    services: { usd: number }[]
    usd: number
  }
  expect(usd).toBeCloseTo(
    services.reduce((total, service) => total + service.usd, 0),
    8,
  )
  expect(rest).toMatchObject({
    type: 'cost',
    pricesOf: 'November 2026',
    checks: 2,
    results: 133_590,
    route53Usd: 3.5,
    detectionSeconds: { quickest: 135, slowest: 7215 },
    detectionWithLossSeconds: { quickest: 215, slowest: 7295 },
    votersToLose: 1,
    homesToLose: 0,
  })
})
