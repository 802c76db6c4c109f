import type { Config } from '../../../shared/config/config.ts'
import { parseConfig } from '../../../shared/config/parse.ts'
import type { DemoServers } from './servers.ts'

export const demoIntervalSeconds = 10

/** The demo's configuration, parsed from YAML like any other, for its servers on loopback. */
export function demoConfiguration({ ports, ca }: DemoServers): Config {
  const text = `
regions: [us-east-1, eu-west-1, ap-southeast-2]
defaults:
  interval: ${demoIntervalSeconds}s
  timeout: 2s
  confirmations: 2
  delay: { down: 2, up: 1 }
contacts:
  oncall: { email: oncall@example.com, sms: "+15550100", webhook: https://hooks.example.com/upquorum }
operators: oncall
checks:
  - name: shop
    http: { url: "http://127.0.0.1:${ports.shop}/", expect: { status: 200, body: Welcome } }
    slow: 500ms
    alerts: [{ contact: oncall, on: [offline, online] }]
    allow_private: true
  - name: database
    tcp: { address: "127.0.0.1:${ports.database}", send: PING, expect: PONG }
    alerts: [oncall]
    allow_private: true
  - name: certificate
    tls: { address: "127.0.0.1:${ports.certificate}", days: 14, ca: ${JSON.stringify(ca)} }
    alerts: [oncall]
    allow_private: true
  - name: names
    dns: { name: shop.example.com, type: A, server: "127.0.0.1:${ports.names}", expect: 192.0.2.80 }
    alerts: [oncall]
    allow_private: true
`
  const { config, errors } = parseConfig(text, 'demo.yaml')
  if (config === undefined) throw new Error(errors.map(({ message }) => message).join('\n'))
  return config
}
