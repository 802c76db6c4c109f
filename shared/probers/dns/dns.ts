import type { Prober } from '../prober.ts'

export interface DnsTarget {
  readonly address: string
}

export const dns: Prober<DnsTarget> = {
  needs: 'tcp',
  hosts: () => [],
  label: () => '',
  probe: async () => ({ online: true, phases: {} }),
}
