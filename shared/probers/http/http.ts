import type { Prober } from '../prober.ts'

export interface HttpTarget {
  readonly address: string
}

export const http: Prober<HttpTarget> = {
  needs: 'tcp',
  hosts: () => [],
  label: () => '',
  probe: async () => ({ online: true, phases: {} }),
}
