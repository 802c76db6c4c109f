import { exitCodeOf, watchForTheUnexpected } from './errors.ts'
import { createProgram } from './program.ts'

watchForTheUnexpected()
try {
  const program = await createProgram((name) => process.argv.includes(name))
  await program.parseAsync()
} catch (error) {
  process.exitCode = exitCodeOf(error)
}
