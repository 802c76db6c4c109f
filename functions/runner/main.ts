import { homeRegions, logGroup, tableName, voterName } from '../runtime/settings.ts'
import { serveRunner } from './serve-runner.ts'

// The program that systemd starts on a runner's machine. After exit code 1, as on an error, systemd starts it again;
// 69 requests a new machine.

await serveRunner({
  voter: voterName(),
  homes: homeRegions(),
  table: tableName(),
  logGroup: logGroup(),
  endsUnheard: true,
})
