import { isIP } from 'node:net'
import { specialPurpose } from '../network/guard.ts'

/** A commented, valid configuration to start with, for one http or https URL without credentials. */
export function starterConfiguration(url: string): string {
  const { protocol, hostname, port } = new URL(url)
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  const isName = isIP(host) === 0
  const isLocal = isName ? /(^|\.)localhost$/.test(host) : specialPurpose(host) !== undefined
  const allowPrivate = isLocal
    ? '\n    allow_private: true # only local runs and runners may probe private addresses'
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
  # The certificate: fails 14 days before the first certificate of its chain expires, or if it is not for this host.
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

/** A JSON string is also a double-quoted YAML string. */
function quote(text: string): string {
  return JSON.stringify(text)
}

const head = `# Who votes: one Lambda in each of these regions. With three of them one may fail without consequences.
# Try it on this machine first: "upquorum check" probes once, "upquorum dev" runs everything.
regions: [us-east-1, eu-west-1, ap-southeast-2]

# Defaults for checks that do not set these options.
defaults:
  interval: 60s          # 10s, 15s, 20s, 30s or whole minutes up to 1d
  timeout: 10s           # at most 60s and at most the interval
  confirmations: 2       # this many voters must agree at the same tick ...
  delay: 2               # ... for this many ticks in a row before the status changes; or { down: 3, up: 1 }

# Who is alerted.
contacts:
  ops:
    email: ops@example.com
    # sms: "+15550100"
    # webhook: https://hooks.example.com/upquorum

# The contact for notices about the monitor itself, such as a region that has fallen silent.
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
