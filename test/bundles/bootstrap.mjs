// Does what Lambda's runtime does with a bundle: imports it, then fetches invocations from the Runtime API and answers
// them one by one. Plain JavaScript, so that only the bundle costs time.
const [, , bundle] = process.argv
const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`

const before = performance.now()
const { handler } = await import(bundle)
const initMs = performance.now() - before

// A bench plays minutes in moments: the function's own clock is then so much ahead.
const realNow = Date.now
let aheadMs = 0
Date.now = () => realNow() + aheadMs

for (;;) {
  const { user, system } = process.cpuUsage()
  const headers = { 'x-init-ms': String(initMs), 'x-cpu-ms': String((user + system) / 1000) }
  const next = await fetch(`${api}/invocation/next`, { headers })
  const id = next.headers.get('lambda-runtime-aws-request-id')
  aheadMs = Number(next.headers.get('x-ahead-ms'))
  const deadlineMs = Number(next.headers.get('lambda-runtime-deadline-ms')) + aheadMs
  const context = { awsRequestId: id, getRemainingTimeInMillis: () => deadlineMs - Date.now() }
  try {
    const result = await handler(await next.json(), context)
    await fetch(`${api}/invocation/${id}/response`, { method: 'POST', body: JSON.stringify(result ?? null) })
  } catch (error) {
    const body = JSON.stringify({ errorType: error.name, errorMessage: error.message })
    await fetch(`${api}/invocation/${id}/error`, { method: 'POST', body })
  }
}
