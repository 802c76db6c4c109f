import { main } from './main.ts'

// `npm run deploy` and `npm run destroy`: run the pinned CDK on all stacks with the right options, and report what the
// CDK does not.
process.exitCode = await main(process.argv.slice(2))
