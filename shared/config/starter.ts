import { isIP } from 'node:net'
import { specialPurpose } from '../network/guard.ts'

/** A commented, valid configuration to begin with, around one http or https address without credentials. */
export function starterConfiguration(url: string): string {
  const { protocol, hostname, port } = new URL(url)
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  const isName = isIP(host) === 0
  const isLocal = isName ? /(^|\.)localhost$/.test(host) : specialPurpose(host) !== undefined
  const allowPrivate = isLocal
    ? '\n    allow_private: true # only local runs and runners may look at private addresses'
    : ''
  return [
    head,
    `  - name: web
    http: { url: ${quote(url)}, expect: 2xx }
    slow: 2s             # slower than this is "slow": enough such votes make the check degraded
    alerts: [ops]${allowPrivate}
`,
    ...(protocol === 'https:'
      ? [
          `
  # The certificate: fails 14 days before the earliest of its chain expires, or when it is not for this host.
  - name: certificate
    tls: { address: ${quote(`${hostname}:${port === '' ? 443 : port}`)}, days: 14 }
    interval: 1h
    alerts: [ops]${allowPrivate}
`,
        ]
      : []),
    ...(isName && !isLocal
      ? [
          `
  # The name, asked of each voter's own resolver; add "expect" to insist on certain records.
  - name: domain
    dns: { name: ${quote(host)}, type: A }
    interval: 5m
    alerts: [ops]
`,
        ]
      : []),
    tail,
  ].join('')
}

/** JSON's strings are YAML's double-quoted ones. */
function quote(text: string): string {
  return JSON.stringify(text)
}

const head = `# Who votes: one Lambda in each of these regions. With three of them one may fail without consequences.
# Try it on this machine first: "upquorum check" looks once, "upquorum dev" runs everything.
regions: [us-east-1, eu-west-1, ap-southeast-2]

# What holds for every check that does not say otherwise.
defaults:
  interval: 60s          # 10s, 15s, 20s, 30s or whole minutes up to 1d
  timeout: 10s           # at most 60s and at most the interval
  confirmations: 2       # so many voters must agree at the same tick ...
  delay: 2               # ... so many ticks in a row before the status changes; or { down: 3, up: 1 }

# Who hears of it.
contacts:
  ops:
    email: ops@example.com
    # sms: "+15550100"
    # webhook: https://hooks.example.com/upquorum

# The contact that hears about the monitor itself, such as a region that has fallen silent.
operators: ops

checks:
`

const tail = `
  # More kinds: tcp: { address: "db.example.com:5432" }
  # More options: from: [eu-west-1]   tags: [shop]   enabled: false
  #               alerts: [{ contact: ops, on: [offline, online] }]
  # Secrets are references: env:NAME (local runs), ssm:/path or secretsmanager:name, as in
  #   http: { url: "https://example.com/me", bearer: "ssm:/example/token" }
`
