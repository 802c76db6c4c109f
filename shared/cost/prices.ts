/** A price in dollars per unit and month, and the units that are free every month in every account. */
export interface Price {
  readonly usd: number
  readonly free: number
}

/** Date of the prices, which are list prices of us-east-1. */
export const pricesOf = 'November 2026'
/**
 * Highest surcharge in other regions: traffic out of Cape Town and São Paulo. The table costs about half as much again
 * there, and an eighth more in Europe.
 */
export const dearestElsewhere = 0.7

export const prices = {
  /** Write request units on demand. */
  writes: { usd: 0.625e-6, free: 0 },
  reads: { usd: 0.125e-6, free: 0 },
  /** GB in the table, and below in its point-in-time recovery. */
  storageGb: { usd: 0.25, free: 25 },
  backupGb: { usd: 0.2, free: 0 },
  /** arm64. */
  lambdaGbSeconds: { usd: 0.000_013_333_4, free: 400_000 },
  lambdaRequests: { usd: 0.2e-6, free: 1e6 },
  schedules: { usd: 1e-6, free: 14e6 },
  queueRequests: { usd: 0.4e-6, free: 1e6 },
  alarms: { usd: 0.1, free: 10 },
  dashboards: { usd: 3, free: 3 },
  /** Dashboards with more than 50 metrics, which are never free. */
  largeDashboards: { usd: 3, free: 0 },
  dataOutGb: { usd: 0.09, free: 100 },
  betweenRegionsGb: { usd: 0.02, free: 0 },
  /** A t4g.nano ($3.07), its public IPv4 address ($3.65) and 8 GB of gp3 ($0.64) for a month. */
  runners: { usd: 7.36, free: 0 },
} as const satisfies Record<string, Price>

/** Prices of alternatives. */
export const alternatives = {
  /** A Route 53 health check of an endpoint outside AWS, every 30 s. */
  route53Check: 0.75,
  /** Surcharge for each of: HTTPS, a text in the answer, every 10 s. */
  route53Option: 2,
  /** One run of a CloudWatch Synthetics canary. */
  syntheticsRun: 0.0012,
} as const
