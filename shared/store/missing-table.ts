/**
 * The table is not there: deleted by hand, since neither a deployment nor its end does that unasked, or never made.
 * DynamoDB's own words for it, "Requested resource not found", name neither the table nor its region.
 */
export class MissingTable extends Error {
  /** @param cause what DynamoDB said. */
  constructor(table: string, region: string, cause: Error) {
    super(
      `the table ${table} in ${region} is not there: restore it from the backup that DynamoDB keeps for 35 days ` +
        'after a deletion, or, for an empty one, run npm run destroy and npm run deploy',
      { cause },
    )
    this.name = 'MissingTable'
  }
}
