/** The queues in which something ends that nobody could handle. */
export const deadLetterNames = {
  /** Jobs that no invocation of probe finished. */
  jobs: 'upquorum-jobs-dead',
  /** Stream records that quorum or notify gave up; the sweep has done their work since. */
  records: 'upquorum-records-dead',
  /** Messages that SNS could not deliver to an endpoint. */
  undelivered: 'upquorum-undelivered',
} as const
