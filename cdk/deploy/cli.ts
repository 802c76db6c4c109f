import { main } from './main.ts'

// `npm run deploy` and `npm run destroy`: the pinned CDK for all stacks, with the right options, and what the
// CDK does not say.
process.exitCode = await main(process.argv.slice(2))
