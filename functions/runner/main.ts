import { homeRegions, logGroup, tableName, voterName } from '../runtime/settings.ts'
import { serveRunner } from './serve-runner.ts'

// What systemd starts on a runner's machine. An error ends it with exit code 1, and systemd tries again; 69 asks
// for another machine.

await serveRunner({
  voter: voterName(),
  homes: homeRegions(),
  table: tableName(),
  logGroup: logGroup(),
  endsUnheard: true,
})
